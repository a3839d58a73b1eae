package exchange

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"

	"onevisit/internal/domain/fault"
)

const (
	formatXLSX  = "xlsx"
	formatCSV   = "csv"
	formatJSON  = "json"
	formatJSONL = "jsonl"
)

// foreign lists what people upload by mistake, by the first bytes of the file.
var foreign = []struct {
	magic, what, remedy string
}{
	{"%PDF-", "PDF 文件", "请导出为 xlsx 或 csv 后再导入"},
	{"{\\rtf", "RTF 文档", "请把表格复制到模板中"},
	{"Rar!", "RAR 压缩包", "请解压后逐个导入"},
	{"7z\xbc\xaf\x27\x1c", "7z 压缩包", "请解压后逐个导入"},
	{"\x1f\x8b", "gzip 压缩文件", "请解压后导入"},
	{"\x89PNG", "图片", "请填写模板后导入"},
	{"\xff\xd8\xff", "图片", "请填写模板后导入"},
	{"GIF8", "图片", "请填写模板后导入"},
	{"BM", "", ""},
	{"\x7fELF", "程序文件", "请选择 xlsx、csv、json 或 jsonl 文件"},
	{"MZ\x90", "程序文件", "请选择 xlsx、csv、json 或 jsonl 文件"},
}

// sniff tells the format by content. The name is not trusted: portals export
// HTML tables and old workbooks under the name of newer ones.
func sniff(in *input) (string, error) {
	if in.size == 0 {
		return "", fault.Invalidf("文件“%s”是空的，请检查是否选对了文件。", in.name)
	}
	head := make([]byte, min(in.size, 64<<10))
	n, err := in.r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fault.Wrap(fault.Invalid, err, "文件“%s”读不出来，请重新上传。", in.name)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return "", oleFault(in)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return formatXLSX, sniffZip(in)
	}
	for _, f := range foreign {
		if f.what != "" && bytes.HasPrefix(head, []byte(f.magic)) {
			return "", fault.Invalidf("文件“%s”的内容是%s，不是可导入的表格。%s。", in.name, f.what, f.remedy)
		}
	}
	text := bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(head, []byte{0xff, 0xfe}) || bytes.HasPrefix(head, []byte{0xfe, 0xff}) {
		text = []byte(decodeUTF16(head))
	} else if bytes.IndexByte(text, 0) >= 0 {
		return "", fault.Invalidf("文件“%s”不是文本，也不是 xlsx 工作簿。可导入的是 xlsx、csv、json、jsonl。", in.name)
	}
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		if int64(n) == in.size {
			return "", fault.Invalidf("文件“%s”里没有内容，请检查是否选对了文件。", in.name)
		}
		return formatCSV, nil
	}
	low := strings.ToLower(string(text[:min(len(text), 512)]))
	if strings.HasPrefix(low, "<") {
		what := "XML 文件"
		if strings.Contains(low, "<html") || strings.Contains(low, "<!doctype html") || strings.Contains(low, "<table") {
			what = "网页（有些系统把网页表格存成 xls）"
		} else if strings.Contains(low, "urn:schemas-microsoft-com:office:spreadsheet") || strings.Contains(low, "excel.sheet") {
			what = "XML 表格 2003"
		}
		return "", fault.Invalidf("文件“%s”的内容是%s。请用 Excel 或 WPS 打开后另存为“Excel 工作簿（.xlsx）”再导入。", in.name, what)
	}
	switch text[0] {
	case '[':
		return formatJSON, nil
	case '{':
		return sniffJSON(text, strings.ToLower(in.name)), nil
	}
	return formatCSV, nil
}

// sniffJSON tells a jsonl from one JSON document: after the first object a jsonl
// has another one. A first line that is cut off makes no document of the rest:
// where an object goes on in the next line, a key has to come, not an object. A
// single object is read as json; one line of jsonl is the same thing.
func sniffJSON(text []byte, name string) string {
	var open []byte
	inString, escaped := false, false
	last := byte(0) // last character that is not blank
	for i, c := range text {
		switch {
		case escaped:
			escaped = false
		case inString:
			if c == '\\' {
				escaped = true
			} else if c == '"' {
				inString = false
			} else if c == '\n' {
				return formatJSONL // a string broken by the line's end: one bad line
			}
		case c == '"':
			inString = true
		case c == '{' || c == '[':
			if len(open) > 0 && c == '{' && open[len(open)-1] == '{' && last != ':' {
				return formatJSONL
			}
			if open = append(open, c); len(open) > 1000 {
				return formatJSON
			}
		case (c == '}' || c == ']') && len(open) > 0:
			open = open[:len(open)-1]
			if len(open) == 0 {
				if len(bytes.TrimSpace(text[i+1:])) > 0 {
					return formatJSONL
				}
				return formatJSON
			}
		}
		if c > ' ' {
			last = c
		}
	}
	// The first object is longer than what was looked at, or broken. A document
	// that is laid out over lines or is an envelope of items is json; for the
	// rest only the name is left, and readJSON turns to jsonl if it was wrong.
	if bytes.IndexByte(text, '\n') < 0 && !envelope.Match(text) && (strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")) {
		return formatJSONL
	}
	return formatJSON
}

// envelope is an object that begins with its items, behind at most a schema.
var envelope = regexp.MustCompile(`^\{\s*("schema"\s*:\s*"[^"]*"\s*,\s*)?"items"\s*:\s*\[`)

// oleFault explains a compound file: an old .xls or .doc, or a workbook with a
// password (which Excel wraps into one).
func oleFault(in *input) error {
	// Stream names stand as UTF-16 in the directory, which may be anywhere.
	buf := make([]byte, 1<<20)
	needle := func(s string) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return b
	}
	enc, word, ppt := needle("EncryptedPackage"), needle("WordDocument"), needle("PowerPoint")
	for off := int64(0); off < in.size; off += int64(len(buf)) - 64 {
		n, _ := in.r.ReadAt(buf, off) // a short read ends the loop by off
		b := buf[:n]
		switch {
		case bytes.Contains(b, enc):
			return fault.Invalidf("工作簿“%s”设了打开密码。请在 Excel 或 WPS 中取消密码后另存，再导入。", in.name)
		case bytes.Contains(b, word):
			return fault.Invalidf("文件“%s”是 Word 文档（.doc），不是表格。请把内容填入模板后导入。", in.name)
		case bytes.Contains(b, ppt):
			return fault.Invalidf("文件“%s”是演示文稿，不是表格。请把内容填入模板后导入。", in.name)
		}
		if n < len(buf) {
			break
		}
	}
	return fault.Invalidf("文件“%s”是旧版 Excel 格式（.xls）。请用 Excel 或 WPS 打开后另存为“Excel 工作簿（.xlsx）”再导入。", in.name)
}

// sniffZip makes sure that a zip archive is a workbook.
func sniffZip(in *input) error {
	zr, err := zip.NewReader(in.r, in.size)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "文件“%s”已损坏（压缩结构不完整），可能上传中断。请重新保存后再传。", in.name)
	}
	names := map[string]bool{}
	for _, f := range zr.File {
		names[strings.ToLower(strings.ReplaceAll(f.Name, "\\", "/"))] = true
	}
	switch {
	case names["xl/workbook.xml"]:
		return nil
	case names["xl/workbook.bin"]:
		return fault.Invalidf("文件“%s”是二进制工作簿（.xlsb）。请另存为“Excel 工作簿（.xlsx）”再导入。", in.name)
	case names["word/document.xml"]:
		return fault.Invalidf("文件“%s”是 Word 文档（.docx），不是表格。请把内容填入模板后导入。", in.name)
	case names["ppt/presentation.xml"]:
		return fault.Invalidf("文件“%s”是演示文稿（.pptx），不是表格。请把内容填入模板后导入。", in.name)
	case names["content.xml"] && names["mimetype"]:
		return fault.Invalidf("文件“%s”是 OpenDocument 格式。请另存为“Excel 工作簿（.xlsx）”再导入。", in.name)
	case names["_rels/.rels"]:
		return nil // a package whose workbook has another name; the reader follows the relations
	}
	return fault.Invalidf("文件“%s”是压缩包，里面不是工作簿。请解压后逐个导入。", in.name)
}
