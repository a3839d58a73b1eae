package publication_test

import (
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/publication"
)

func TestPackageParts(t *testing.T) {
	whole := lint.GoodItem()
	parts := publication.PackageParts([]publication.PartItem{{ID: "1", Met: true, Item: whole}})
	if err := publication.CheckParts(parts); err != nil || len(parts) != 4 || parts[3].Name != "公开承诺书" || !parts[3].Unsigned {
		t.Fatalf("a good item lacks something: %v %+v", fault.Fields(err), parts)
	}
	for what, spoil := range map[string]func(*catalog.Item){
		"目录清单：缺设定依据":        func(it *catalog.Item) { it.Bases = nil },
		"目录清单：缺事项类型、设定依据":   func(it *catalog.Item) { it.Type, it.Bases = "", nil },
		"实施清单：缺办理流程":        func(it *catalog.Item) { it.Process = nil },
		"实施清单：缺承诺时限":        func(it *catalog.Item) { it.PromisedLimit = catalog.Limit{} },
		"办事指南：缺办理地点或网上办理地址": func(it *catalog.Item) { it.Places, it.Online.Available = nil, false },
		"办事指南：缺咨询方式":        func(it *catalog.Item) { it.Enquiry = nil },
	} {
		it := whole.Clone()
		spoil(it)
		err := publication.CheckParts(publication.PackageParts([]publication.PartItem{{ID: "1", Item: whole}, {ID: "2", Item: it}}))
		part, lack, _ := strings.Cut(what, "：")
		f := fault.Fields(err)
		if !fault.Is(err, fault.Invalid) || len(f) != 1 || f[0].Path != "2" || !strings.HasPrefix(f[0].Text, part) || !strings.HasSuffix(f[0].Text, lack) {
			t.Errorf("%s: %v", what, f)
		}
	}
}

func TestScanMedia(t *testing.T) {
	for _, tt := range []struct {
		head string
		size int64
		want string // media, or a part of the message
	}{
		{"%PDF-1.7", 100, "application/pdf"},
		{"\xff\xd8\xff\xe0", publication.MaxScan, "image/jpeg"},
		{"\x89PNG\r\n\x1a\n", 100, "image/png"},
		{"%PDF-1.7", publication.MaxScan + 1, "21 MB，超过 20 MB"},
		{"%PDF-1.7", 200 << 20, "200 MB，超过 20 MB"},
		{"PK\x03\x04", 100, "不是 PDF、JPG 或 PNG"},
		{"<html>", 100, "不是 PDF、JPG 或 PNG"},
		{"", 0, "空文件"},
	} {
		got, err := publication.ScanMedia("承诺书.pdf", []byte(tt.head), tt.size)
		if err != nil {
			got = fault.Text(err)
		}
		if !strings.Contains(got, tt.want) || err != nil && !strings.Contains(got, "承诺书.pdf") {
			t.Errorf("%q, %d bytes: %s, want %s", tt.head, tt.size, got, tt.want)
		}
	}
}

func TestScanName(t *testing.T) {
	for _, tt := range [][3]string{{"承诺书.pdf", "application/pdf", "承诺书.pdf"}, {"承诺书.JPG", "image/jpeg", "承诺书.JPG"}, {"照片.exe", "image/jpeg", "照片.exe.jpg"}, {"扫描", "image/png", "扫描.png"}} {
		if got := publication.ScanName(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s: %s, want %s", tt[0], got, tt[2])
		}
	}
}

func TestScanWhole(t *testing.T) {
	for _, tt := range []struct {
		media, tail string
		whole       bool
	}{
		{"application/pdf", "startxref\n123\n%%EOF\n", true},
		{"application/pdf", "%%EOF" + strings.Repeat("\x00", 1000), true}, // some scanners fill up
		{"application/pdf", "endobj\n12 0 obj <<", false},
		{"image/jpeg", "\x12\x34\xff\xd9", true},
		{"image/jpeg", "\x12\x34\xff", false},
		{"image/png", "\x00\x00\x00\x00IEND\xaeB`\x82", true},
		{"image/png", "IDAT\x01\x02", false},
		{"image/png", "", false},
	} {
		if err := publication.ScanWhole("承诺书", tt.media, []byte(tt.tail)); err == nil != tt.whole || err != nil && !strings.Contains(fault.Text(err), "“承诺书”不完整") {
			t.Errorf("%s %q: %v", tt.media, tt.tail, err)
		}
	}
}

func TestBatchOrdinal(t *testing.T) {
	for n, want := range map[int]string{1: "第一批", 10: "第十批", 12: "第十二批", 20: "第二十批", 99: "第九十九批", 100: "第100批"} {
		if got := publication.BatchOrdinal(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
