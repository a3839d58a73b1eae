package reform_test

import (
	"io"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func fileIn(name, content string) reform.FileIn {
	return reform.FileIn{Name: name, Size: int64(len(content)), R: strings.NewReader(content)}
}

// A form is attached like any other edit: to the version that was read, by who
// may edit, with its trace; what is not a form leaves nothing behind.
func TestFormsOfAnItem(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		id := c.good(c.liaison, c.health, 1)[0]
		item := func() *reform.ItemView {
			t.Helper()
			v, err := c.r.Item(ctx, c.liaison, id)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		const slot, content = "materials.0.form", "%PDF-1.7 空白表格"
		at := item().Version
		wants(t, "a program", c.r.AttachFile(ctx, c.liaison, id, at, slot, fileIn("表.exe", "MZ")), fault.Invalid)
		wants(t, "a program under another name", c.r.AttachFile(ctx, c.liaison, id, at, slot, fileIn("表.pdf", "MZ")), fault.Invalid)
		wants(t, "nowhere", c.r.AttachFile(ctx, c.liaison, id, at, "materials.99.form", fileIn("表.pdf", content)), fault.Conflict)
		wants(t, "another's item", c.r.AttachFile(ctx, c.other, id, at, slot, fileIn("表.pdf", content)), fault.Forbidden)
		if err := c.r.AttachFile(ctx, c.liaison, id, at, slot, fileIn("申请表.pdf", content)); err != nil {
			t.Fatal(err)
		}
		wants(t, "an old version", c.r.AttachFile(ctx, c.liaison, id, at, slot, fileIn("另一份.pdf", content)), fault.Conflict)
		file, f, err := c.r.OpenFile(ctx, c.office, id, slot)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		f.Close()
		if err != nil || string(got) != content || file.Name != "申请表.pdf" || file.Size != int64(len(content)) {
			t.Errorf("%+v %q %v", file, got, err)
		}
		h, err := c.r.History(ctx, c.liaison, id, 0)
		if err != nil || len(h.Revisions) == 0 || len(h.Revisions[0].Changes) != 1 || h.Revisions[0].Changes[0].New != "申请表.pdf" {
			t.Errorf("history: %+v %v", h.Revisions, err)
		}
		if err := c.r.RemoveFile(ctx, c.liaison, id, item().Version, slot); err != nil {
			t.Fatal(err)
		}
		if item().Data.Materials[0].Form != "" {
			t.Error("the form is still there")
		}
		_, _, err = c.r.OpenFile(ctx, c.liaison, id, slot)
		wants(t, "a form that was taken away", err, fault.NotFound)
		if _, err := db.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestAnotherFileOfTheSameNameIsAChange(t *testing.T) {
	a := catalog.File{Hash: strings.Repeat("a", 64), Size: 1, Name: "申请表.pdf"}
	b := catalog.File{Hash: strings.Repeat("b", 64), Size: 1, Name: "申请表.pdf"}
	old, now := &catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "甲", Form: a.String()}}}, &catalog.Item{Materials: []catalog.Material{{ID: "m1", Name: "甲", Form: b.String()}}}
	diff := catalog.Diff(old, now)
	if len(diff) != 1 || diff[0].Old == diff[0].New || strings.Contains(diff[0].New, "blob:") {
		t.Errorf("%+v", diff)
	}
}
