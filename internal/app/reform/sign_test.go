package reform_test

import (
	"archive/zip"
	"bytes"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/work"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/paper"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

const passphrase = "县卫生健康局的签名口令"

// signs gives the county a ring, and the health bureau a key.
func (c *county) signs(ring *sign.Ring) *publication.Key {
	c.t.Helper()
	c.r = reform.New(reform.Config{DB: c.db, Blobs: blob.New(c.t.TempDir()), Calendar: calendar.Embedded(),
		Press: paper.NewPress(paper.NewTemplates(c.t.TempDir()), paper.NewFonts(""), ""), Sign: ring})
	return c.newKey(ring, publication.SM2, c.health.ID, passphrase)
}

func (c *county) newKey(ring *sign.Ring, a publication.Algorithm, unit, pass string) *publication.Key {
	c.t.Helper()
	k, err := ring.New(a, pass)
	if err != nil {
		c.t.Fatal(err)
	}
	k.UnitID, k.Owner = unit, "广宗县卫生健康局"
	if err := c.db.Update(c.t.Context(), func(tx *store.Tx) error {
		k.NotBefore, k.NotAfter = tx.Now(), tx.Now().AddDate(1, 0, 0)
		return tx.InsertKey(k)
	}); err != nil {
		c.t.Fatal(err)
	}
	return k
}

func (c *county) revoke(id string, kind publication.RevocationKind) {
	c.t.Helper()
	if err := c.db.Update(c.t.Context(), func(tx *store.Tx) error {
		k, err := tx.SigningKey(id)
		if err != nil {
			return err
		}
		k.Revoked = &publication.Revocation{Kind: kind, Reason: "演练", At: tx.Now(), By: "管理员"}
		return tx.RevokeKey(&k)
	}); err != nil {
		c.t.Fatal(err)
	}
}

// A leader signs what the liaison handed in: the exact statement, once, with the
// passphrase; the log bears witness; a key that ends later leaves it valid.
func TestSignCommitment(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		ring := sign.NewRing(t.TempDir())
		c.newKey(ring, publication.Ed25519, "", "")
		key := c.signs(ring)
		id := c.report(c.good(c.liaison, c.health, 2)...)
		if n := len(c.todosOf(org.RoleLeader, work.KindSign, c.health.ID)); n != 1 {
			t.Errorf("%d to-dos for the leader", n)
		}
		sub, err := c.r.Submission(ctx, c.leader, id)
		if err != nil {
			t.Fatal(err)
		}
		if s, err := c.r.CanSign(ctx, c.leader, sub); err != nil || s == nil || s.Why != "" || s.Key.ID != key.ID {
			t.Errorf("leader: %+v %v", s, err)
		}
		if s, err := c.r.CanSign(ctx, c.liaison, sub); err != nil || s != nil {
			t.Errorf("liaison: %+v %v", s, err)
		}
		wants(t, "liaison", c.r.SignCommitment(ctx, c.liaison, id, passphrase), fault.Forbidden)
		both := c.liaison
		both.Roles = append(slices.Clone(both.Roles), org.RoleLeader)
		wants(t, "who handed it in", c.r.SignCommitment(ctx, both, id, passphrase), fault.Forbidden)
		stranger := c.leader
		stranger.UnitID, stranger.Manages = c.water.ID, nil
		wants(t, "another unit's leader", c.r.SignCommitment(ctx, stranger, id, passphrase), fault.Forbidden)
		err = c.r.SignCommitment(ctx, c.leader, id, "不是这一个签名口令吧")
		wants(t, "wrong passphrase", err, fault.Invalid)
		if f := fault.Fields(err); len(f) != 1 || f[0].Path != "passphrase" {
			t.Errorf("place of the fault: %v", f)
		}
		if err := c.r.SignCommitment(ctx, c.leader, id, passphrase); err != nil {
			t.Fatal(err)
		}
		wants(t, "twice", c.r.SignCommitment(ctx, c.leader, id, passphrase), fault.Conflict)
		if n := len(c.todosOf(org.RoleLeader, work.KindSign, c.health.ID)); n != 0 {
			t.Errorf("%d to-dos are left", n)
		}

		check := func(remark string) {
			t.Helper()
			if sub, err = c.r.Submission(ctx, c.leader, id); err != nil {
				t.Fatal(err)
			}
			if text, good := reform.SignatureText(sub.Signed); !good || !strings.Contains(text, remark) {
				t.Errorf("signature: %v %q", good, text)
			}
			for _, kind := range []string{"公开承诺书", "报送回执"} {
				var b bytes.Buffer
				if _, err := c.r.PrintSubmission(ctx, c.leader, &b, id, kind, "docx", func(number, hash string) string { return "https://example.org/?" + number }); err != nil {
					t.Fatal(err)
				}
				if text := docxText(t, b.Bytes()); !strings.Contains(text, key.ID) || !strings.Contains(text, remark) {
					t.Errorf("%s does not show the signature:\n%s", kind, text)
				}
			}
		}
		check("签名有效")
		st, err := publication.ParseStatement(sub.Signed.Text)
		if err != nil || st.Number != sub.Number || st.Unit != c.health.Name || len(st.Items) != 2 || st.Text != "承诺" {
			t.Errorf("statement: %+v %v", st, err)
		}
		for i, it := range st.Items {
			if it.Doc != sub.Items[i].DocHash {
				t.Errorf("item %d is not tied to its content", i)
			}
		}
		if _, err := db.VerifyLog(ctx, nil); err != nil {
			t.Errorf("log: %v", err)
		}
		// Who changes what was signed is found.
		for name, change := range map[string]func(*publication.SignedCommitment){
			"text": func(s *publication.SignedCommitment) {
				s.Text = bytes.Replace(s.Text, []byte("承诺"), []byte("允诺"), 1)
			},
			"value": func(s *publication.SignedCommitment) { s.Signature.Value[9] ^= 1 },
		} {
			bad := *sub.Signed
			bad.Signature.Value = bytes.Clone(bad.Signature.Value)
			change(&bad)
			if _, good := reform.SignatureText(&bad); good {
				t.Errorf("changed %s is taken", name)
			}
		}

		c.revoke(key.ID, publication.Compromised)
		check("作废（泄露）")
		later := *sub.Signed
		later.Index = later.Key.Revoked.Index + 1
		if _, good := reform.SignatureText(&later); good {
			t.Error("a signature from after the key's end is taken")
		}
	})
}

// A unit without a key hands in as before; one whose key is lost is told what to
// do; the hospital's commitment is signed with the key of the bureau in charge.
func TestSignWithoutKey(t *testing.T) {
	db := storetest.OpenSQLite(t) // what the database does is tested above
	c, ctx := newCounty(t, db), t.Context()
	id := c.report(c.goodItem())
	if n := len(c.todosOf(org.RoleLeader, work.KindSign, c.health.ID)); n != 0 {
		t.Errorf("%d to-dos without a key", n)
	}
	sub, err := c.r.Submission(ctx, c.leader, id)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.r.CanSign(ctx, c.leader, sub); err != nil || s == nil || !strings.Contains(s.Why, "onevisit key new --unit") {
		t.Errorf("without a key: %+v %v", s, err)
	}
	ring := sign.NewRing(t.TempDir())
	key := c.signs(ring)
	for range 5 {
		wants(t, "wrong passphrase", c.r.SignCommitment(ctx, c.leader, id, "不是这一个签名口令吧"), fault.Invalid)
	}
	err = c.r.SignCommitment(ctx, c.leader, id, passphrase)
	wants(t, "after five wrong ones", err, fault.Forbidden)
	if !strings.Contains(fault.Text(err), "15 分钟") {
		t.Errorf("it does not say for how long: %v", err)
	}
	c.r = reform.New(reform.Config{DB: db, Blobs: blob.New(t.TempDir()), Calendar: calendar.Embedded(), Sign: sign.NewRing(t.TempDir())})
	err = c.r.SignCommitment(ctx, c.leader, id, passphrase)
	wants(t, "lost", err, fault.Unavailable)
	if !strings.Contains(fault.Text(err), "onevisit key revoke") {
		t.Errorf("lost key: %v", err)
	}
	c.revoke(key.ID, publication.Lost)
	err = c.r.SignCommitment(ctx, c.leader, id, passphrase)
	wants(t, "revoked", err, fault.Conflict)
	if !strings.Contains(fault.Text(err), "已于") {
		t.Errorf("revoked key: %v", err)
	}
}

// The release file of the workbench passes the other side's checks.
func TestWriteReleaseFile(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		c, ctx := newCounty(t, db), t.Context()
		c.signs(sign.NewRing(t.TempDir()))
		wants(t, "before the first release", c.r.WriteReleaseFile(ctx, c.office, &bytes.Buffer{}), fault.NotFound)
		c.published(3)
		var b bytes.Buffer
		if err := c.r.WriteReleaseFile(ctx, c.office, &b); err != nil {
			t.Fatal(err)
		}
		f, rep, err := proof.ReadRelease(&b, proof.Trust{})
		if err != nil || !rep.Unconfirmed || len(f.Items) != 3 || len(f.Units) != 3 {
			t.Errorf("file: %+v %v", rep, err)
		}
	})
}

// docxText is the text of a Word file.
func docxText(t *testing.T, b []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(x), "")
}
