package publication_test

import (
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/publication"
)

// A receipt is good if every part of what is kept is what was sealed; a forged
// hash and an altered record are told apart.
func TestCheckReceipt(t *testing.T) {
	sub := func() *publication.Submission {
		s := &publication.Submission{PlanID: "p", UnitID: "u", Kind: publication.Package, Number: "报送2026-0043", Statement: "无",
			Commitment: &publication.Commitment{Signatory: "王某某", Text: "承诺", Items: []string{"i0"}}}
		for _, id := range []string{"i0", "i1"} {
			doc := []byte(`{"name":"` + id + `"}`)
			s.Items = append(s.Items, publication.SubmittedItem{ItemID: id, Doc: doc, DocHash: catalog.Hash(doc)})
		}
		s.Hash = publication.SealPackage(s)
		return s
	}
	good := sub().Hash
	forged := strings.Map(func(r rune) rune {
		if r == rune(good[0]) {
			return rune(good[1])
		}
		return r
	}, good)
	for hash, want := range map[string]publication.ReceiptAnswer{
		good: publication.ReceiptGood, strings.ToUpper(good[:8]) + "　" + good[8:20]: publication.ReceiptGood, good[:16]: publication.ReceiptGood,
		good[:15]: publication.ReceiptForged, "": publication.ReceiptForged, forged: publication.ReceiptForged, good + "0": publication.ReceiptForged,
		good[:20] + "xyz": publication.ReceiptForged,
	} {
		if got := publication.CheckReceipt(sub(), hash); got != want {
			t.Errorf("%q: %s, want %s", hash, got, want)
		}
	}
	for name, change := range map[string]func(*publication.Submission){
		"a document": func(s *publication.Submission) { s.Items[1].Doc = []byte(`{"name":"x"}`) },
		"a document and its hash": func(s *publication.Submission) {
			s.Items[1].Doc = []byte(`{"name":"x"}`)
			s.Items[1].DocHash = catalog.Hash(s.Items[1].Doc)
		},
		"an item fewer":  func(s *publication.Submission) { s.Items = s.Items[:1] },
		"the order":      func(s *publication.Submission) { s.Items[0], s.Items[1] = s.Items[1], s.Items[0] },
		"the commitment": func(s *publication.Submission) { s.Commitment.Text = "承诺。" },
		"its scan":       func(s *publication.Submission) { s.Commitment.Scan = "ab" },
		"the statement":  func(s *publication.Submission) { s.Statement = "" },
		"the number":     func(s *publication.Submission) { s.Number = "报送2026-0044" },
		"the unit":       func(s *publication.Submission) { s.UnitID = "v" },
	} {
		s := sub()
		change(s)
		if got := publication.CheckReceipt(s, good); got != publication.ReceiptAltered {
			t.Errorf("%s was changed: %s", name, got)
		}
	}
}
