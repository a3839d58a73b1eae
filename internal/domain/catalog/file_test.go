package catalog

import (
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
)

func TestFileReferences(t *testing.T) {
	f := File{Hash: strings.Repeat("ab", 32), Size: 23120, Name: "申请表/一.docx"}
	if got, ok := ParseFile(f.String()); !ok || got != f {
		t.Errorf("%v read back as %v", f, got)
	}
	for _, ref := range []string{"", "申请表.docx", "blob:", "blob:abc/1/x", "https://example.org/a.pdf", "blob:" + strings.Repeat("a", 64) + "//x"} {
		if _, ok := ParseFile(ref); ok {
			t.Errorf("%q is a stored file", ref)
		}
		if FileLabel(ref) != ref {
			t.Errorf("%q is shown as %q", ref, FileLabel(ref))
		}
	}
	if FileAddress("https://example.org/a.pdf") == "" || FileAddress("javascript:alert(1)") != "" || FileAddress("申请表.docx") != "" {
		t.Error("addresses")
	}
}

func TestCheckFile(t *testing.T) {
	for _, c := range []struct {
		name, head string
		size       int64
		want       string // in the message; empty for a good file
	}{
		{"申请表.pdf", "%PDF-1.7", 100, ""},
		{"申请表.DOCX", "PK\x03\x04", 100, ""},
		{"样例.png", "\x89PNG\r\n\x1a\n", 100, ""},
		{"申请表.pdf", "MZ", 100, "内容不是 PDF"},
		{"申请表.exe", "MZ", 100, "格式不能用"},
		{"申请表.docm", "PK\x03\x04", 100, "格式不能用"}, // may carry macros
		{"申请表", "%PDF-1.7", 100, "格式不能用"},
		{"申请表.pdf", "", 0, "空文件"},
		{"申请表.pdf", "%PDF-1.7", MaxFile + 1, "上限"},
		{".pdf", "%PDF-1.7", 100, "文件名"},
		{"a\r\nX.pdf", "%PDF-1.7", 100, "文件名"},
		{strings.Repeat("长", 130) + ".pdf", "%PDF-1.7", 100, "文件名"},
	} {
		err := CheckFile(c.name, []byte(c.head), c.size)
		if c.want == "" && err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want != "" && (err == nil || len(fault.Fields(err)) != 1 || !strings.Contains(fault.Fields(err)[0].Text, c.want)) {
			t.Errorf("%.20q: %v", c.name, fault.Fields(err))
		}
	}
}

func TestFileSlots(t *testing.T) {
	it := &Item{Materials: []Material{{Name: "甲"}, {Name: "乙"}}}
	for i, s := range it.FileSlots() {
		p := it.FileAt(s.Key)
		if p == nil {
			t.Fatalf("no slot %s", s.Key)
		}
		*p = string(rune('a' + i))
	}
	if it.Materials[1].Sample != "d" || it.Result.Sample != "e" {
		t.Errorf("%+v %+v", it.Materials, it.Result)
	}
	for _, key := range []string{"", "materials.2.form", "materials.-1.form", "materials.x.form", "materials.0.name", "name"} {
		if it.FileAt(key) != nil {
			t.Errorf("%q is a slot", key)
		}
	}
}
