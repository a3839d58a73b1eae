package reform_test

import (
	"io"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func scan(name, content string) *reform.ScanFile {
	return &reform.ScanFile{Name: name, Size: int64(len(content)), R: strings.NewReader(content)}
}

// The signed commitment is handed in with the package or after it; who may see
// the package may open it, and both leave a trace.
func TestScansOfTheCommitment(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.health, 2)
		if err := c.r.ConfirmItems(ctx, c.leader, ids); err != nil {
			t.Fatal(err)
		}
		in := c.reporting(ids[0])
		in.Scan = scan("承诺书.exe", "MZ 不是扫描件")
		_, err := c.r.SubmitPackage(ctx, c.liaison, in)
		wants(t, "a program as scan", err, fault.Invalid)
		const first, second = "%PDF-1.4 签字盖章\n%%EOF\n", "\xff\xd8\xff 重新扫描\xff\xd9"
		in.Scan = scan("承诺书.pdf", first)
		sub, err := c.r.SubmitPackage(ctx, c.liaison, in)
		if err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if sub.Commitment == nil || len(sub.Scans) != 1 || sub.Commitment.Scan != sub.Scans[0].Hash {
			t.Fatalf("the commitment does not name its scan: %+v", sub.Commitment)
		}
		sealed := publication.SealPackage(sub)
		if sealed != sub.Hash {
			t.Error("the seal does not hold")
		}
		sub.Commitment.Scan = strings.Repeat("0", 64)
		if publication.SealPackage(sub) == sealed {
			t.Error("another scan has the same seal")
		}
		if err := c.r.AddScan(ctx, c.liaison, sub.ID, scan("承诺书2.jpg", second)); err != nil {
			t.Fatal(err)
		}
		wants(t, "another unit's scan", c.r.AddScan(ctx, c.other, sub.ID, scan("x.pdf", first)), fault.Forbidden)
		now, err := c.r.Submission(ctx, c.office, sub.ID)
		if err != nil || len(now.Scans) != 2 || now.Scans[0].Media != "image/jpeg" || now.Hash != sealed {
			t.Fatalf("%+v %v", now.Scans, err)
		}
		for i, want := range []string{second, first} {
			for _, a := range []org.Actor{c.office, c.bureau(), c.liaison} {
				_, f, err := c.r.OpenScan(ctx, a, sub.ID, now.Scans[i].ID)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(f)
				f.Close()
				if err != nil || string(got) != want {
					t.Errorf("%q %v", got, err)
				}
			}
		}
		_, _, err = c.r.OpenScan(ctx, c.other, sub.ID, now.Scans[0].ID)
		wants(t, "another unit looks", err, fault.Forbidden)
		seen := map[string]int{}
		c.view(func(tx *store.Tx) error {
			entries, err := tx.AuditEntries(store.AuditFilter{Limit: 100})
			for _, e := range entries {
				if e.ObjectID == sub.ID {
					seen[e.Action]++
				}
			}
			return err
		})
		if seen["上传承诺书扫描件"] != 2 || seen["查看承诺书扫描件"] != 6 {
			t.Errorf("the trail says %v", seen)
		}
	})
}

// A subordinate institution reports through the unit in charge (P-2.1b), and the
// unit in charge sees where it stands.
func TestSubordinatesReportThroughTheUnitInCharge(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ids := c.good(c.liaison, c.hospital, 1)
		own := org.Actor{ID: "hospital", Name: "县医院联络员", UnitID: c.hospital.ID, Roles: []org.Role{org.RoleLiaison}}
		if err := c.r.ConfirmItems(ctx, c.leader, ids); err != nil {
			t.Fatal(err)
		}
		in := c.reporting(ids...)
		in.UnitID = c.hospital.ID
		_, err := c.r.SubmitPackage(ctx, own, in)
		if !fault.Is(err, fault.Forbidden) || !strings.Contains(fault.Text(err), c.health.Name) {
			t.Errorf("the hospital reports itself: %v", err)
		}
		if p, err := c.r.Prepare(ctx, own, c.hospital.ID); err != nil || p.MayReport || p.Supervised != c.health.Name {
			t.Errorf("the hospital is offered to report: %v", err)
		}
		p, err := c.r.Prepare(ctx, c.liaison, c.health.ID)
		if err != nil || len(p.Managed) != 1 || p.Managed[0].Ready != 1 || p.Managed[0].Reported {
			t.Fatalf("%+v %v", p.Managed, err)
		}
		if _, err := c.r.SubmitPackage(ctx, c.liaison, in); err != nil {
			t.Fatal(err, fault.Fields(err))
		}
		if p, err = c.r.Prepare(ctx, c.liaison, c.health.ID); err != nil || !p.Managed[0].Reported || p.Managed[0].Ready != 0 {
			t.Errorf("%+v %v", p.Managed, err)
		}
	})
}
