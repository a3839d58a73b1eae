package paper

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/signintech/gopdf"

	"onevisit/internal/domain/fault"
)

func TestPrintMany(t *testing.T) {
	p := NewPress(NewTemplates(""), NewFonts(""), "")
	var b bytes.Buffer
	missing, err := p.PrintMany(t.Context(), &b, "海报", []Sheet{{"海报", Sample("海报"), "一"}, {"窗口卡", Sample("窗口卡"), "二"}, {"海报A3", Sample("海报A3"), "三"}, {"更换清单", Sample("更换清单"), ""}})
	if err != nil || len(missing) > 0 {
		t.Fatal(err, missing)
	}
	if dir := os.Getenv("ONEVISIT_KEEP_PAPERS"); dir != "" {
		_ = os.WriteFile(dir+"/many.pdf", b.Bytes(), 0o600)
	}
	var r io.ReadSeeker = bytes.NewReader(b.Bytes())
	reader := &gopdf.GoPdf{}
	reader.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	sizes := reader.GetStreamPageSizes(&r)
	if len(sizes) != 4 {
		t.Fatalf("%d pages", len(sizes))
	}
	for n, want := range map[int][2]int{1: {595, 842}, 2: {419, 595}, 3: {842, 1191}, 4: {842, 595}} {
		box := sizes[n]["/MediaBox"]
		if w, h := int(box["w"]+0.5), int(box["h"]+0.5); w-want[0] > 2 || want[0]-w > 2 || h-want[1] > 2 || want[1]-h > 2 {
			t.Errorf("page %d is %d by %d points, want %v", n, w, h, want)
		}
	}
	if _, err := p.PrintMany(t.Context(), &b, "x", nil); !fault.Is(err, fault.NotFound) {
		t.Errorf("nothing to print: %v", err)
	}
	if _, err := p.PrintMany(t.Context(), &b, "x", make([]Sheet, mostSheets+1)); !fault.Is(err, fault.Invalid) {
		t.Errorf("too much: %v", err)
	}
}
