package main

import (
	"archive/zip"
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Files that cannot be imported, through the page: a clear message that names
// the file and the remedy, no item made, and the server serves on. What can be
// read comes in, however oddly it was written.
func TestBadUploads(t *testing.T) {
	k, srv := demoCounty(t, "")
	liaison := signIn(t, srv.URL, "weijian")
	unit := regexp.MustCompile(`<option value="([^"]+)"[^>]*>` + journeyUnit).FindStringSubmatch(liaison.get(http.StatusOK, "/work/import"))[1]
	count := func() string {
		return regexp.MustCompile(`共 [\d,]+ 项`).FindString(liaison.get(http.StatusOK, "/work/items?unit="+unit))
	}
	before := count()
	if before == "" {
		t.Fatal("the list of items says no total")
	}

	book := func(fill func(f *excelize.File), opts ...excelize.Options) []byte {
		f := excelize.NewFile()
		defer f.Close()
		if err := f.SetSheetName("Sheet1", "事项"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("事项", "A1", &[]any{"事项名称", "事项类型", "承诺办结时限", "到办事现场次数"}); err != nil {
			t.Fatal(err)
		}
		fill(f)
		var b bytes.Buffer
		if err := f.Write(&b, opts...); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	row := func(f *excelize.File, at string, cells ...any) { must(f.SetSheetRow("事项", at, &cells)) }
	bomb := func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create("xl/workbook.xml")
		must(err)
		_, err = io.CopyN(w, zeros{}, 64<<20)
		must(err)
		must(z.Close())
		return b.Bytes()
	}()
	good := book(func(f *excelize.File) {
		row(f, "A2", "诊所备案（导入）", "其他行政权力", "5工作日", 1)
	})
	for _, c := range []struct {
		name string
		body []byte
		want string
	}{
		{"清单.xls", append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 600)...), "另存为"},
		{"加密.xlsx", book(func(*excelize.File) {}, excelize.Options{Password: "123456"}), "打开密码"},
		{"炸弹.xlsx", bomb, "压缩"},
		{"半个.xlsx", good[:len(good)/2], "损坏"},
		{"空.csv", nil, "空"},
		{"照片.xlsx", []byte("\x89PNG\r\n\x1a\n0000"), "图片"},
		{"说明.docx", []byte("%PDF-1.7\n"), "PDF"},
		{"没有表头.csv", []byte("甲,乙\n1,2\n"), "表头"},
	} {
		liaison.upload(http.StatusOK, unit, c.name, c.body)
		run := liaison.at
		runImports(t, k)
		page := liaison.get(http.StatusOK, run)
		if !strings.Contains(page, c.want) || !strings.Contains(page, c.name) || !strings.Contains(page, "没有写入任何内容") {
			t.Errorf("%s: the page does not say %q:\n%s", c.name, c.want, between(page, "<main", "</main>"))
		}
		if after := count(); after != before {
			t.Errorf("%s: %s became %s", c.name, before, after)
		}
	}
	if page := liaison.tooLarge(unit); !strings.Contains(page, "200 MB") {
		t.Errorf("a file of 201 MB: %s", between(page, "<main", "</main>"))
	}
	if after := count(); after != before {
		t.Errorf("%s became %s", before, after)
	}

	gbk, err := simplifiedchinese.GB18030.NewEncoder().String("事项名称,事项类型,承诺办结时限\n护士执业注册（国标码）,行政许可,２０工作日\n")
	must(err)
	for _, c := range []struct {
		name string
		body []byte
		item string
		says []string
	}{
		{"国标码.csv", []byte(gbk), "护士执业注册（国标码）", nil},
		{"合并.xlsx", book(func(f *excelize.File) {
			row(f, "A2", "合并单元格事项", "行政许可", " ５ 工作日 ", "１")
			must(f.MergeCell("事项", "B2", "B3"))
			row(f, "A3", "合并单元格事项之二")
		}), "合并单元格事项之二", []string{"合并"}},
		{"公式.xlsx", book(func(f *excelize.File) {
			row(f, "A2", "公式事项", "行政许可", "5工作日")
			must(f.SetCellFormula("事项", "D2", "1+1"))
		}), "公式事项", []string{"公式"}},
		{"长.csv", []byte("事项名称,事项类型\n正常事项,行政许可\n" + strings.Repeat("长", 40_000) + ",行政许可\n"), "正常事项", []string{"文字共 40000 字"}},
	} {
		liaison.upload(http.StatusOK, unit, c.name, c.body)
		run := liaison.at
		runImports(t, k)
		page := liaison.get(http.StatusOK, run)
		for _, want := range c.says {
			if !strings.Contains(between(page, "逐行情况", "</table>"), want) {
				t.Errorf("%s: the report does not say %q:\n%s", c.name, want, between(page, "<main", "</main>"))
			}
		}
		if items := liaison.get(http.StatusOK, "/work/items?unit="+unit+"&q="+url.QueryEscape(c.item)); !strings.Contains(items, ">"+c.item+"</a>") {
			t.Errorf("%s: %s did not come in:\n%s", c.name, c.item, between(page, "<main", "</main>"))
		}
	}
}

// tooLarge sends a file beyond the limit without ever holding it.
func (b *browser) tooLarge(unit string) string {
	b.t.Helper()
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	for k, v := range map[string]string{"form_token": b.token(), "unit": unit} {
		if err := w.WriteField(k, v); err != nil {
			b.t.Fatal(err)
		}
	}
	if _, err := w.CreateFormFile("file", "大.csv"); err != nil {
		b.t.Fatal(err)
	}
	tail := "\r\n--" + w.Boundary() + "--\r\n"
	const size = 201 << 20
	req, err := http.NewRequest(http.MethodPost, b.base+"/work/import", io.MultiReader(&head, io.LimitReader(zeros{}, size), strings.NewReader(tail)))
	if err != nil {
		b.t.Fatal(err)
	}
	req.ContentLength = int64(head.Len()) + size + int64(len(tail))
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(http.StatusUnprocessableEntity, req)
}

// zeros reads '0' without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// between cuts a page to what matters for a message.
func between(s, from, to string) string {
	if i := strings.Index(s, from); i >= 0 {
		s = s[i:]
	}
	if i := strings.Index(s, to); i >= 0 {
		s = s[:i]
	}
	return s
}
