package proof_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/sign/proof"
)

var day0 = time.Date(2018, 10, 8, 1, 0, 0, 0, time.UTC)

// county is a small county with its keys and what it has published.
type county struct {
	t      testing.TB
	ring   *sign.Ring
	keys   []publication.Key
	leaves [][]byte
	tree   proof.Tree
	notes  []string
	file   publication.ReleaseFile
	now    time.Time
	prev   *publication.Release
	files  map[string][]byte // forms by hash
}

// form stores a form and returns the reference to it.
func (c *county) form(name string, content []byte) string {
	sum := sha256.Sum256(content)
	f := catalog.File{Hash: hex.EncodeToString(sum[:]), Size: int64(len(content)), Name: name}
	c.files[f.Hash] = content
	return f.String()
}

func (c *county) open(hash string) (io.ReadCloser, error) {
	b, ok := c.files[hash]
	if !ok {
		return nil, fault.NotFoundf("没有找到文件。")
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func newCounty(t testing.TB, algorithms ...publication.Algorithm) *county {
	c := &county{t: t, ring: sign.NewRing(t.TempDir()), now: day0, files: map[string][]byte{}}
	c.file = publication.ReleaseFile{Origin: publication.LogOrigin("130531", true), Place: "广宗县", Demo: true,
		Units: []org.Unit{{ID: "u1", Name: "广宗县教育局", Short: "县教育局", Kind: org.KindDepartment, Phone: "0319-7210000", InScope: true, Position: 1}}}
	c.file.Use = &publication.UseFigures{First: calendar.DateOf(day0), End: calendar.DateOf(day0).AddDays(3), Items: map[string]publication.ItemUse{"i-甲": {Views: 12, Searched: 3}, "i-乙": {Views: 1}}}
	c.file.Answers = []publication.SealedAnswer{{To: "0123456789abcdef", Sealed: []byte("封好的答复")}}
	for _, a := range algorithms {
		c.addKey(a, "")
	}
	return c
}

func (c *county) addKey(a publication.Algorithm, unit string) *publication.Key {
	c.t.Helper()
	k, err := c.ring.New(a, "")
	if err != nil {
		c.t.Fatal(err)
	}
	k.UnitID, k.Owner, k.NotBefore, k.NotAfter, k.Index = unit, "广宗县", day0, day0.AddDate(3, 0, 0), int64(len(c.leaves))
	c.keys = append(c.keys, *k)
	c.log(publication.LeafOfKey(k))
	return &c.keys[len(c.keys)-1]
}

func (c *county) revoke(k *publication.Key, kind publication.RevocationKind) {
	k.Revoked = &publication.Revocation{Kind: kind, Reason: "演练", At: c.now, Index: int64(len(c.leaves))}
	c.log(publication.LeafOfRevocation(k))
}

// log appends leaves and signs the head.
func (c *county) log(leaves ...[]byte) {
	c.t.Helper()
	for _, l := range leaves {
		if err := c.tree.Add(l); err != nil {
			c.t.Fatal(err)
		}
		c.leaves = append(c.leaves, l)
	}
	c.notes = append(c.notes, c.head().Note)
}

func (c *county) head() *publication.SignedHead {
	c.t.Helper()
	root, err := c.tree.Root(c.tree.Size())
	if err != nil {
		c.t.Fatal(err)
	}
	h, err := proof.Checkpoints{Signer: c.ring}.SignHead(publication.Head{Origin: c.file.Origin, Size: c.tree.Size(), Root: root, At: c.now}, publication.CountyKeys(c.keys, c.now))
	if err != nil {
		c.t.Fatal(err)
	}
	return h
}

// publish makes a release of some items; the same names are new versions of them.
func (c *county) publish(names ...string) {
	c.t.Helper()
	c.now = c.now.Add(24 * time.Hour)
	b := &publication.Batch{ID: fmt.Sprint("b", len(c.file.Releases)), No: len(c.file.Releases) + 1, Title: "公布", State: publication.Sanctioned, DocNo: "演政字〔2018〕12号"}
	for _, n := range names {
		it := &catalog.Item{Name: n, Unit: "广宗县教育局", Conditions: []string{fmt.Sprint("第 ", len(c.file.Releases), " 版 <a&b>")}}
		if n == "乙" { // two places, one content; each version another
			ref := c.form("申请表.pdf", fmt.Appendf(nil, "%%PDF-1.7 第 %d 版", len(c.file.Releases)))
			it.Materials = []catalog.Material{{Name: "申请表", Form: ref, Sample: ref}}
		}
		doc, err := it.Encode()
		if err != nil {
			c.t.Fatal(err)
		}
		b.Items = append(b.Items, publication.BatchItem{ItemID: "i-" + n, UnitID: "u1", UnitName: "广宗县教育局", Name: n, Visits: 1, Class: catalog.ClassMet, Doc: doc, DocHash: catalog.Hash(doc)})
	}
	r, err := publication.Freeze(b, c.prev, c.now, "演示", true)
	if err != nil {
		c.t.Fatal(err)
	}
	c.prev = r
	c.log(publication.LeavesOf(r)...)
	for _, it := range r.Items {
		for i := range c.file.Items {
			if o := &c.file.Items[i]; o.ItemID == it.ItemID && o.ReplacedBy == 0 {
				o.ReplacedBy = r.Seq
			}
		}
		c.file.Items = append(c.file.Items, publication.PublishedItem{ReleaseItem: it, ReleaseSeq: r.Seq})
	}
	h := *r
	h.Items, h.ByName = nil, ""
	c.file.Releases = append(c.file.Releases, h)
}

func (c *county) release() []byte {
	c.t.Helper()
	f := c.file
	f.Leaves, f.Head, f.MadeAt = c.leaves, *c.head(), c.now
	var b bytes.Buffer
	if err := proof.WriteRelease(&b, &f, c.open, c.ring, publication.CountyKeys(c.keys, c.now)); err != nil {
		c.t.Fatal(err)
	}
	return b.Bytes()
}

func (c *county) logFile() []byte {
	c.t.Helper()
	var b bytes.Buffer
	if err := proof.WriteLog(&b, &proof.LogFile{Origin: c.file.Origin, MadeAt: c.now, Leaves: c.leaves, Heads: c.notes}); err != nil {
		c.t.Fatal(err)
	}
	return b.Bytes()
}

func (c *county) proofOf(index int64) *proof.Proof {
	c.t.Helper()
	path, err := tlog.ProveRecord(c.tree.Size(), index, &c.tree)
	if err != nil {
		c.t.Fatal(err)
	}
	return &proof.Proof{Leaf: c.leaves[index], Index: index, Path: path, Note: c.head().Note}
}

func (c *county) trust() proof.Trust { return proof.Trust{Keys: slices.Clone(c.keys)} }

// What the other side reads is what this side wrote.
func TestReleaseFileRoundTrip(t *testing.T) {
	c := newCounty(t, publication.Ed25519, publication.SM2)
	c.publish("甲", "乙", "丙")
	c.publish("乙")
	c.publish("甲", "乙", "丁")
	f, rep, err := proof.ReadRelease(bytes.NewReader(c.release()), c.trust())
	if err != nil {
		t.Fatal(err)
	}
	if rep.Unconfirmed || len(rep.Remarks) > 0 || rep.Releases != 3 || rep.Items != 7 || len(rep.Head.Keys) != 2 {
		t.Errorf("report: %+v", rep)
	}
	if got, want := fmt.Sprintf("%+v", f.Items), fmt.Sprintf("%+v", c.file.Items); got != want {
		t.Errorf("items\n got %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprintf("%+v", f.Releases), fmt.Sprintf("%+v", c.file.Releases); got != want {
		t.Errorf("releases\n got %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprintf("%+v", f.Units), fmt.Sprintf("%+v", c.file.Units); got != want {
		t.Errorf("units\n got %s\nwant %s", got, want)
	}
	if len(f.Files) != 1 || rep.Files != 1 || f.Files[0].Name != "申请表.pdf" {
		t.Errorf("files: %+v", f.Files)
	}
	if f.Place != "广宗县" || !f.Demo || f.Origin != "onevisit/130531/demo" || len(f.Signatures) != 2 {
		t.Errorf("head: %+v", f)
	}
}

// Forms and samples travel with the guides that are in force: whole, once each,
// and nothing besides.
func TestReleaseFileForms(t *testing.T) {
	c := newCounty(t, publication.Ed25519)
	large := bytes.Repeat([]byte("表格内容 0123456789"), 4<<20/25)
	it := &catalog.Item{Name: "大表", Unit: "广宗县教育局", Materials: []catalog.Material{{Name: "表", Form: c.form("大表.pdf", large)}, {Name: "丢了的", Form: c.form("丢了.pdf", []byte("%PDF-"))}, {Name: "网上的", Form: "https://example.gov.cn/a.pdf"}}}
	doc, err := it.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r, err := publication.Freeze(&publication.Batch{ID: "b", No: 1, Title: "公布", State: publication.Sanctioned, Items: []publication.BatchItem{{ItemID: "i", UnitID: "u1", UnitName: "广宗县教育局", Name: "大表", Visits: 1, Class: catalog.ClassMet, Doc: doc, DocHash: catalog.Hash(doc)}}}, nil, c.now, "演示", true)
	if err != nil {
		t.Fatal(err)
	}
	c.log(publication.LeavesOf(r)...)
	c.file.Items = []publication.PublishedItem{{ReleaseItem: r.Items[0], ReleaseSeq: 1}}
	h := *r
	h.Items, h.ByName = nil, ""
	c.file.Releases = []publication.Release{h}
	lost := sha256.Sum256([]byte("%PDF-"))
	delete(c.files, hex.EncodeToString(lost[:]))
	text := c.release()
	f, rep, err := proof.ReadRelease(bytes.NewReader(text), c.trust())
	if err != nil || rep.Files != 1 || f.Files[0].Size != int64(len(large)) {
		t.Fatalf("read: %+v %v", rep, err)
	}
	got := map[string][]byte{}
	if err := proof.ExtractFiles(bytes.NewReader(text), func(hash string, content []byte) error { got[hash] = bytes.Clone(content); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !bytes.Equal(got[f.Files[0].Hash], large) {
		t.Errorf("%d files come out", len(got))
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 5 {
		bad := bytes.Clone(text)
		i := rnd.IntN(len(bad))
		bad[i] ^= 1 << rnd.IntN(8)
		if _, _, err := proof.ReadRelease(bytes.NewReader(bad), c.trust()); err == nil {
			t.Errorf("byte %d flipped and not found", i)
		}
	}
	// Nothing that no guide refers to comes along, be it signed.
	stray := c.file
	stray.Leaves, stray.Head, stray.MadeAt = c.leaves, *c.head(), c.now
	var b bytes.Buffer
	if err := proof.WriteRelease(&b, &stray, func(hash string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(large[:len(large)-1])), nil
	}, c.ring, publication.CountyKeys(c.keys, c.now)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a damaged form is written: %v", err)
	}
}

// reader reads a sealed file or a proof.
type reader struct {
	name string
	text []byte
	read func([]byte, proof.Trust) error
}

func (c *county) readers() []reader {
	p, err := c.proofOf(int64(len(c.leaves) - 1)).Format()
	if err != nil {
		c.t.Fatal(err)
	}
	old := int64(len(c.leaves) / 2)
	path, err := proof.ProveTree(&c.tree, c.tree.Size(), old)
	if err != nil {
		c.t.Fatal(err)
	}
	root, err := c.tree.Root(old)
	if err != nil {
		c.t.Fatal(err)
	}
	link := (&proof.Link{From: old, Path: path, Note: c.head().Note}).Format()
	return []reader{
		{"release", c.release(), func(b []byte, t proof.Trust) error {
			_, _, err := proof.ReadRelease(bytes.NewReader(b), t)
			return err
		}},
		{"log", c.logFile(), func(b []byte, t proof.Trust) error {
			_, _, err := proof.ReadLog(bytes.NewReader(b), t)
			return err
		}},
		{"proof", p, func(b []byte, t proof.Trust) error {
			p, err := proof.Parse(b)
			if err == nil {
				_, err = p.Check(t)
			}
			return err
		}},
		{"link", link, func(b []byte, t proof.Trust) error {
			l, err := proof.ParseLink(b)
			if err != nil {
				return err
			}
			t.Head, t.Link = &publication.Head{Origin: c.file.Origin, Size: old, Root: root}, l
			_, err = c.proofOf(0).Check(t)
			return err
		}},
	}
}

// A flipped bit in any byte of any file is found, with the county's key known; a
// cut file as well.
func TestEveryFlippedByteIsFound(t *testing.T) {
	c := newCounty(t, publication.Ed25519, publication.SM2)
	c.publish("甲", "乙")
	c.publish("乙")
	for _, r := range c.readers() {
		t.Run(r.name, func(t *testing.T) {
			if err := r.read(r.text, c.trust()); err != nil {
				t.Fatalf("whole: %v", err)
			}
			bad := make([]byte, len(r.text))
			for i := range r.text {
				copy(bad, r.text)
				bad[i] ^= 1 << (i % 8)
				if err := r.read(bad, c.trust()); err == nil {
					t.Fatalf("byte %d of %d (%q) flipped to %q and not found", i, len(r.text), r.text[i], bad[i])
				} else if fault.KindOf(err) == fault.Internal {
					t.Fatalf("byte %d: not for people: %v", i, err)
				}
			}
			for _, n := range []int{0, 1, len(r.text) / 2, len(r.text) - 1} {
				if r.read(r.text[:n], c.trust()) == nil {
					t.Errorf("cut at %d and not found", n)
				}
			}
			if r.read(append(bytes.Clone(r.text), '\n'), c.trust()) == nil {
				t.Error("something after the end was not found")
			}
		})
	}
}

// The same over a large log, at random places.
func TestFlippedBytesOfALargeLog(t *testing.T) {
	c := newCounty(t, publication.Ed25519)
	for range 3 {
		var names []string
		for i := range 1500 {
			names = append(names, fmt.Sprintf("事项%04d", i))
		}
		c.publish(names...)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, r := range c.readers()[:2] {
		for range 8 {
			bad := bytes.Clone(r.text)
			i := rnd.IntN(len(bad))
			bad[i] ^= 1 << rnd.IntN(8)
			if r.read(bad, c.trust()) == nil {
				t.Errorf("%s: byte %d flipped and not found", r.name, i)
			}
		}
		if err := r.read(r.text, c.trust()); err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
	}
}

// merkle is RFC 6962 section 2.1, written from the text, to compare with.
func merkle(leaves [][]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	l, r := merkle(leaves[:k]), merkle(leaves[k:])
	return sha256.Sum256(slices.Concat([]byte{1}, l[:], r[:]))
}

// climb is the check of an audit path of RFC 9162 section 2.1.3.2, from the text.
func climb(leaf []byte, index, size int64, path []tlog.Hash) ([32]byte, bool) {
	fn, sn := index, size-1
	r := sha256.Sum256(append([]byte{0}, leaf...))
	for _, p := range path {
		if sn == 0 {
			return r, false
		}
		if fn&1 == 1 || fn == sn {
			r = sha256.Sum256(slices.Concat([]byte{1}, p[:], r[:]))
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = sha256.Sum256(slices.Concat([]byte{1}, r[:], p[:]))
		}
		fn, sn = fn>>1, sn>>1
	}
	return r, sn == 0
}

// Roots and paths are those of the standard, so that others' tools agree.
func TestTreeIsRFC6962(t *testing.T) {
	var tree proof.Tree
	var leaves [][]byte
	for n := range int64(40) {
		leaf := fmt.Appendf(nil, "第 %d 条", n)
		leaves = append(leaves, leaf)
		if err := tree.Add(leaf); err != nil {
			t.Fatal(err)
		}
		root, err := tree.Root(n + 1)
		if err != nil || [32]byte(root) != merkle(leaves) {
			t.Fatalf("size %d: root %s, %v", n+1, root, err)
		}
		for i := range n + 1 {
			path, err := tlog.ProveRecord(n+1, i, &tree)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := climb(leaves[i], i, n+1, path); !ok || got != [32]byte(root) {
				t.Fatalf("path of %d in %d does not lead to the root", i, n+1)
			}
		}
	}
}

// The head is a note that the Go team's own tool opens with the county's vkey.
func TestHeadIsACommonNote(t *testing.T) {
	c := newCounty(t, publication.Ed25519, publication.SM2)
	c.publish("甲")
	h := c.head()
	vkey, err := proof.VerifierKey(c.file.Origin, &c.keys[0])
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open([]byte(h.Note), note.VerifierList(v))
	if err != nil || n.Text != h.Text() || len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 1 {
		t.Errorf("note: %+v %v", n, err)
	}
	if _, err := proof.VerifierKey(c.file.Origin, &c.keys[1]); !fault.Is(err, fault.Invalid) {
		t.Errorf("SM2 as vkey: %v", err)
	}
}

// A proof tells just its own leaf, in just this log.
func TestProofs(t *testing.T) {
	c := newCounty(t, publication.Ed25519)
	c.publish("甲", "乙", "丙")
	c.publish("甲")
	for i := range int64(len(c.leaves)) {
		p := c.proofOf(i)
		got, err := p.Check(c.trust())
		if err != nil || len(got.Remarks) > 0 {
			t.Fatalf("leaf %d: %+v %v", i, got, err)
		}
		for j := range c.leaves {
			q := *p
			q.Leaf = c.leaves[j]
			if _, err := q.Check(c.trust()); (err == nil) != (int64(j) == i) {
				t.Errorf("leaf %d with the proof of %d: %v", j, i, err)
			}
		}
	}
	// A known earlier head needs the link; a head of another log never fits.
	root, err := c.tree.Root(3)
	if err != nil {
		t.Fatal(err)
	}
	tr := c.trust()
	tr.Head = &publication.Head{Origin: c.file.Origin, Size: 3, Root: root}
	if _, err := c.proofOf(1).Check(tr); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "一致性证明") {
		t.Errorf("without a link: %v", err)
	}
	path, err := proof.ProveTree(&c.tree, c.tree.Size(), 3)
	if err != nil {
		t.Fatal(err)
	}
	tr.Link = &proof.Link{From: 3, Path: path, Note: c.head().Note}
	if _, err := c.proofOf(1).Check(tr); err != nil {
		t.Errorf("with the link: %v", err)
	}
	tr.Head.Root[0] ^= 1
	if _, err := c.proofOf(1).Check(tr); !fault.Is(err, fault.Conflict) {
		t.Errorf("another head: %v", err)
	}
	if _, err := c.proofOf(1).Check(proof.Trust{}); err != nil {
		t.Errorf("without keys: %v", err)
	}
	other := newCounty(t, publication.Ed25519)
	if _, err := c.proofOf(1).Check(other.trust()); !fault.Is(err, fault.Conflict) {
		t.Errorf("another county's key: %v", err)
	}
}

// What was signed before a key ended stays valid and says so; what comes after
// is refused, also if it states an earlier time.
func TestRevokedKey(t *testing.T) {
	c := newCounty(t, publication.Ed25519)
	c.publish("甲")
	before, beforeLog, keptHead := c.release(), c.logFile(), c.head()
	stolen := c.keys[0]
	at := c.now
	c.now = c.now.Add(time.Hour)
	c.revoke(&c.keys[0], publication.Compromised)
	c.addKey(publication.Ed25519, "")
	c.publish("乙")
	for name, read := range map[string]func(proof.Trust) (*proof.Report, error){
		"release": func(tr proof.Trust) (*proof.Report, error) {
			_, r, err := proof.ReadRelease(bytes.NewReader(before), tr)
			return r, err
		},
		"log": func(tr proof.Trust) (*proof.Report, error) {
			_, r, err := proof.ReadLog(bytes.NewReader(beforeLog), tr)
			return r, err
		},
	} {
		// By itself a thief could have made it; a head that was kept vouches for it.
		if _, err := read(proof.Trust{Keys: c.keys}); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "--head") {
			t.Errorf("%s from before, nothing known: %v", name, err)
		}
		r, err := read(proof.Trust{Keys: c.keys, Head: &keptHead.Head})
		if err != nil || len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "作废（泄露）") {
			t.Errorf("%s from before: %+v %v", name, r, err)
		}
	}
	if _, r, err := proof.ReadRelease(bytes.NewReader(c.release()), c.trust()); err != nil || len(r.Remarks) > 0 {
		t.Errorf("release from after: %+v %v", r, err)
	}
	if _, r, err := proof.ReadLog(bytes.NewReader(c.logFile()), c.trust()); err != nil || len(r.Remarks) != 2 { // one head had no key to sign it
		t.Errorf("log from after, with heads of both keys: %+v %v", r, err)
	}

	// The thief goes on, and dates his work back.
	thief := *c
	thief.keys = []publication.Key{stolen}
	thief.now = at
	if _, _, err := proof.ReadRelease(bytes.NewReader(thief.release()), c.trust()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "作废") {
		t.Errorf("thief's release: %v", err)
	}
	if _, err := thief.proofOf(1).Check(c.trust()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "作废") {
		t.Errorf("thief's proof: %v", err)
	}
	// Or makes a county of his own, from nothing, as it was before the end.
	forger := newCounty(t)
	forger.ring, forger.now = c.ring, at.Add(-time.Hour)
	forger.keys = []publication.Key{stolen}
	forger.log(publication.LeafOfKey(&stolen))
	forger.publish("假的")
	for _, r := range forger.readers() {
		if err := r.read(r.text, c.trust()); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "泄露") {
			t.Errorf("forged %s: %v", r.name, err)
		}
	}
	// A verifier whose keys are from before learns of the end from the log itself.
	old := proof.Trust{Keys: []publication.Key{stolen}}
	if _, _, err := proof.ReadRelease(bytes.NewReader(thief.release()), old); !fault.Is(err, fault.Conflict) {
		t.Errorf("thief's release against old keys: %v", err)
	}
}

// Two heads of one size that differ are found, whoever was shown which; so is a
// later head that does not continue the one that was kept.
func TestSplitView(t *testing.T) {
	c := newCounty(t, publication.Ed25519)
	c.publish("甲")
	before := c.head()
	other := *c
	other.leaves, other.notes, other.tree = slices.Clone(c.leaves), nil, proof.Tree{}
	for _, l := range c.leaves[:len(c.leaves)-1] {
		if err := other.tree.Add(l); err != nil {
			t.Fatal(err)
		}
	}
	other.log([]byte(`{"leaf":"item"}`)) // the same county says otherwise
	c.publish("乙")
	link := func(c *county, from int64) *proof.Link {
		path, err := proof.ProveTree(&c.tree, c.tree.Size(), from)
		if err != nil {
			t.Fatal(err)
		}
		return &proof.Link{From: from, Path: path, Note: c.head().Note}
	}
	tr := c.trust()
	tr.Head = &before.Head
	if _, _, err := proof.CheckHead(before.Note, tr); err != nil {
		t.Errorf("the same head: %v", err)
	}
	if _, _, err := proof.CheckHead(other.head().Note, tr); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "两份不同的日志") {
		t.Errorf("another head of the size: %v", err)
	}
	if _, _, err := proof.CheckHead(c.head().Note, tr); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "一致性证明") {
		t.Errorf("a later head without a link: %v", err)
	}
	tr.Link = link(c, before.Size)
	if h, _, err := proof.CheckHead(c.head().Note, tr); err != nil || h.Size != c.tree.Size() {
		t.Errorf("a later head: %v", err)
	}
	for range 2 { // the other log grows past the kept head
		other.log([]byte(`{"leaf":"item"}`))
	}
	tr.Link = link(&other, before.Size)
	if _, _, err := proof.CheckHead(other.head().Note, tr); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Text(err), "改写") {
		t.Errorf("a later head of the other log: %v", err)
	}
	if _, _, err := proof.CheckHead("onevisit/130531\n1\n", tr); !fault.Is(err, fault.Conflict) {
		t.Errorf("half a head: %v", err)
	}
}

// With a county key known, nothing passes without its signature.
func TestUnsigned(t *testing.T) {
	c := newCounty(t)
	c.publish("甲")
	f, rep, err := proof.ReadRelease(bytes.NewReader(c.release()), proof.Trust{})
	if err != nil || !rep.Unconfirmed || len(f.Items) != 1 || len(rep.Remarks) == 0 {
		t.Errorf("a county without keys: %+v %v", rep, err)
	}
	k, err := c.ring.New(publication.Ed25519, "")
	if err != nil {
		t.Fatal(err)
	}
	k.NotBefore, k.NotAfter = day0, day0.AddDate(1, 0, 0)
	tr := proof.Trust{Keys: []publication.Key{*k}}
	for _, r := range c.readers() {
		if err := r.read(r.text, tr); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s without a signature: %v", r.name, err)
		}
	}
	// Nor if somebody strips the signatures and mends the sums.
	c = newCounty(t, publication.Ed25519)
	c.publish("甲")
	f, _, err = proof.ReadRelease(bytes.NewReader(c.release()), c.trust())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	f.Head.Note = f.Head.Text()
	if err := proof.WriteRelease(&b, f, nil, c.ring, nil); err != nil {
		t.Fatal(err)
	}
	for name, tr := range map[string]proof.Trust{"known key": c.trust(), "own keys": {}} {
		if _, _, err := proof.ReadRelease(bytes.NewReader(b.Bytes()), tr); !fault.Is(err, fault.Conflict) {
			t.Errorf("stripped, %s: %v", name, err)
		}
	}
}

// Paper and commitment are tied to their leaf.
func TestPaperAndCommitment(t *testing.T) {
	c := newCounty(t, publication.SM2)
	c.publish("甲")
	index := int64(len(c.leaves) - 1)
	pdf := []byte("%PDF-1.7 …")
	sum := sha256.Sum256(pdf)
	p := c.proofOf(index)
	p.Paper = &proof.Paper{Name: "办事指南.pdf", SHA256: hex.EncodeToString(sum[:])}
	sig, err := c.ring.Sign(&c.keys[0], "", p.Paper.Statement(p.Leaf, c.now))
	if err != nil {
		t.Fatal(err)
	}
	p.Paper.Signatures = []publication.Signature{{Key: c.keys[0].ID, Algorithm: publication.SM2, At: c.now, Value: sig}}
	if _, err := p.Check(c.trust()); err != nil {
		t.Errorf("paper: %v", err)
	}
	for name, change := range map[string]func(*proof.Paper){
		"other file":   func(q *proof.Paper) { q.SHA256 = strings.Repeat("0", 64) },
		"other name":   func(q *proof.Paper) { q.Name = "窗口卡.pdf" },
		"no signature": func(q *proof.Paper) { q.Signatures = nil },
		"other time": func(q *proof.Paper) {
			q.Signatures = []publication.Signature{{Key: c.keys[0].ID, Algorithm: publication.SM2, At: c.now.Add(time.Hour), Value: sig}}
		},
	} {
		q, paper := *p, *p.Paper
		change(&paper)
		q.Paper = &paper
		if _, err := q.Check(c.trust()); !fault.Is(err, fault.Conflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkReadRelease(b *testing.B) {
	c := newCounty(b, publication.Ed25519)
	var names []string
	for i := range 1135 {
		names = append(names, fmt.Sprintf("事项%04d", i))
	}
	c.publish(names...)
	text := c.release()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := proof.ReadRelease(bytes.NewReader(text), c.trust()); err != nil {
			b.Fatal(err)
		}
	}
}
