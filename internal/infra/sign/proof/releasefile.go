package proof

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
)

// ReleaseFormat names the format of a release file: the county and its units,
// then the whole log, each item's leaf followed by its document, and the leaf of
// a commitment that is public by what was signed; at the end the forms and samples
// of what is in force.
const ReleaseFormat = "onevisit/release-file@1"

type countyLine struct {
	County countyHead `json:"county"`
}

type countyHead struct {
	Origin string    `json:"origin"`
	Place  string    `json:"place"`
	Demo   bool      `json:"demo"`
	MadeAt time.Time `json:"made_at"`
	Head   string    `json:"head"` // signed note
	Return []byte    `json:"return_key,omitempty"`
}

type unitLine struct {
	Unit wireUnit `json:"unit"`
}

// wireUnit is what the public may know of a unit.
type wireUnit struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Short      string       `json:"short"`
	Kind       org.UnitKind `json:"kind"`
	Supervisor string       `json:"supervisor,omitempty"`
	System     string       `json:"system,omitempty"`
	Division   string       `json:"division,omitempty"`
	USCC       string       `json:"uscc,omitempty"`
	Department string       `json:"department,omitempty"`
	Phone      string       `json:"phone,omitempty"`
	Complaint  string       `json:"complaint,omitempty"`
	Address    string       `json:"address,omitempty"`
	Hours      string       `json:"hours,omitempty"`
	InScope    bool         `json:"in_scope"`
	Position   int          `json:"position"`
}

// WriteRelease writes a release file and signs it with the keys; none leaves it
// without a signature. Forms and samples are read with open; nil leaves them out.
func WriteRelease(w io.Writer, f *publication.ReleaseFile, open Open, signer publication.Signer, keys []publication.Key) error {
	s := newWriter(w, ReleaseFormat)
	s.line(countyLine{countyHead{f.Origin, f.Place, f.Demo, f.MadeAt.UTC(), f.Head.Note, f.ReturnKey}})
	for _, u := range f.Units {
		s.line(unitLine{wireUnit{u.ID, u.Name, u.Short, u.Kind, u.Supervisor, u.System, u.Division, u.USCC, u.Department, u.Phone, u.Complaint, u.Address, u.Hours, u.InScope, u.Position}})
	}
	if f.Use != nil {
		s.line(useLine{*f.Use})
	}
	for _, a := range f.Answers {
		s.line(answerLine{a})
	}
	items, commitments := f.Items, f.Commitments
	for i, leaf := range f.Leaves {
		s.line(json.RawMessage(leaf))
		l, err := publication.ParseLeaf(leaf)
		if err != nil {
			return err
		}
		if len(commitments) > 0 && commitments[0].Index == int64(i) {
			s.line(commitmentLine{Commitment{commitments[0].Text, commitments[0].Signature}})
			commitments = commitments[1:]
		}
		if l.Item == nil {
			continue
		}
		if len(items) == 0 || items[0].ItemID != l.Item.Item || items[0].ReleaseSeq != l.Item.Release {
			return fault.Conflictf("公布日志与公布内容不一致：第 %d 次公布的“%s”。请用 onevisit doctor 检查。", l.Item.Release, l.Item.Name)
		}
		s.line(docLine{items[0].Doc})
		items = items[1:]
	}
	if open != nil {
		if err := writeFiles(s, f, open); err != nil {
			return err
		}
	}
	return s.seal(signer, keys, f.MadeAt)
}

// What the two sides tell each other besides what is published stands before the
// log: figures of use, and sealed answers to what came back.
type useLine struct {
	Use publication.UseFigures `json:"use"`
}

type answerLine struct {
	Answer publication.SealedAnswer `json:"answer"`
}

type commitmentLine struct {
	Commitment Commitment `json:"commitment"`
}

type docLine struct {
	Doc json.RawMessage `json:"doc"`
}

const docPrefix = `{"doc":`

// ReadRelease reads a release file and checks it to the last byte.
func ReadRelease(r io.Reader, t Trust) (*publication.ReleaseFile, *Report, error) {
	s, err := newReader(r, ReleaseFormat)
	if err != nil {
		return nil, nil, err
	}
	b, err := s.next()
	if err != nil {
		return nil, nil, err
	}
	var head countyLine
	if b == nil || json.Unmarshal(b, &head) != nil || head.County.Origin == "" {
		return nil, nil, s.bad("应为县的名称和日志头。")
	}
	f := &publication.ReleaseFile{Origin: head.County.Origin, Place: head.County.Place, Demo: head.County.Demo, MadeAt: head.County.MadeAt, ReturnKey: head.County.Return}
	var c logReader
	current := map[string]int{} // item to its newest version in f.Items
	var last *publication.Leaf
	var files fileReader
	for {
		if b, err = s.next(); err != nil {
			return nil, nil, err
		}
		if b == nil {
			break
		}
		if bytes.HasPrefix(b, []byte(`{"unit":`)) {
			var l unitLine
			if json.Unmarshal(b, &l) != nil || c.check.Size() > 0 {
				return nil, nil, s.bad("单位信息不是规定的格式，或者不在规定的位置。")
			}
			u := l.Unit
			f.Units = append(f.Units, org.Unit{ID: u.ID, Name: u.Name, Short: u.Short, Kind: u.Kind, Supervisor: u.Supervisor, System: u.System, Division: u.Division, USCC: u.USCC,
				Department: u.Department, Phone: u.Phone, Complaint: u.Complaint, Address: u.Address, Hours: u.Hours, InScope: u.InScope, Position: u.Position})
			continue
		}
		if bytes.HasPrefix(b, []byte(`{"use":`)) {
			var l useLine
			if json.Unmarshal(b, &l) != nil || c.check.Size() > 0 || f.Use != nil {
				return nil, nil, s.bad("浏览次数不是规定的格式，或者不在规定的位置。")
			}
			f.Use = &l.Use
			continue
		}
		if bytes.HasPrefix(b, []byte(`{"answer":`)) {
			var l answerLine
			if json.Unmarshal(b, &l) != nil || c.check.Size() > 0 {
				return nil, nil, s.bad("答复不是规定的格式，或者不在规定的位置。")
			}
			f.Answers = append(f.Answers, l.Answer)
			continue
		}
		if bytes.HasPrefix(b, []byte(`{"commitment":`)) {
			var l commitmentLine
			if json.Unmarshal(b, &l) != nil || last == nil || last.Commitment == nil {
				return nil, nil, s.bad("承诺书不是规定的格式，或者不在规定的位置。")
			}
			signed, err := takeCommitment(&l.Commitment, last.Commitment, c.check.Size()-1, c.check.Keys())
			if err != nil {
				return nil, nil, err
			}
			f.Commitments, last = append(f.Commitments, *signed), nil
			continue
		}
		if bytes.HasPrefix(b, []byte(fileLinePrefix)) {
			if err := files.take(s, f, b); err != nil {
				return nil, nil, err
			}
			continue
		}
		if files.began {
			return nil, nil, s.bad("表格和样例后面不应再有内容。")
		}
		leaf := bytes.Clone(b)
		l, err := c.add(leaf)
		if err != nil {
			return nil, nil, err
		}
		last = l
		f.Leaves = append(f.Leaves, leaf)
		switch {
		case l.Release != nil:
			if err := takeRelease(f, l.Release); err != nil {
				return nil, nil, err
			}
		case l.Item != nil:
			doc, err := s.next()
			if err != nil {
				return nil, nil, err
			}
			if doc == nil || !bytes.HasPrefix(doc, []byte(docPrefix)) {
				return nil, nil, s.bad("缺少“%s”的内容。", l.Item.Name)
			}
			p, err := takeItem(l.Item, bytes.Clone(doc[len(docPrefix):len(doc)-1]))
			if err != nil {
				return nil, nil, err
			}
			if i, ok := current[p.ItemID]; ok {
				f.Items[i].ReplacedBy = p.ReleaseSeq
			}
			current[p.ItemID] = len(f.Items)
			f.Items = append(f.Items, p)
		}
	}
	if err := files.end(s); err != nil {
		return nil, nil, err
	}
	rep, err := c.report(s, t, f.Origin, []string{head.County.Head})
	if err != nil {
		return nil, nil, err
	}
	if err := checkReleases(f); err != nil {
		return nil, nil, err
	}
	rep.Files = len(f.Files)
	f.Head, f.Keys, f.Signatures = rep.Head, rep.Keys, s.end.Signatures
	for i := range f.Commitments { // a key may have ended since
		for _, k := range f.Keys {
			if k.ID == f.Commitments[i].Key.ID {
				f.Commitments[i].Key = k
			}
		}
	}
	return f, rep, nil
}

// takeCommitment holds what was signed against its leaf and the key that the log
// has registered before.
func takeCommitment(c *Commitment, leaf *publication.CommitmentLeaf, index int64, keys []publication.Key) (*publication.SignedCommitment, error) {
	if _, err := (Trust{Keys: keys}).commitment(c, leaf, index); err != nil {
		return nil, err
	}
	st, err := publication.ParseStatement(c.Statement)
	if err != nil {
		return nil, err
	}
	out := &publication.SignedCommitment{Number: leaf.Number, UnitID: st.UnitID, Text: c.Statement, Signature: c.Signature, Index: index}
	for _, k := range keys {
		if k.ID == leaf.Key {
			out.Key = k
		}
	}
	return out, nil
}

// takeRelease makes the head of a release of its leaf.
func takeRelease(f *publication.ReleaseFile, l *publication.ReleaseLeaf) error {
	r := publication.Release{Seq: l.Seq, Number: l.Number, Kind: l.Kind, Format: l.Format, BatchID: l.BatchID, BatchNo: l.BatchNo, Title: l.Title, DocNo: l.DocNo,
		At: l.At, PrevHash: l.Prev, Hash: l.Hash, Count: l.Items, Demo: l.Demo}
	var err error
	if r.DocDate, err = day(l.DocDate); err != nil {
		return err
	}
	f.Releases = append(f.Releases, r)
	return nil
}

func day(s string) (calendar.Date, error) {
	if s == "" {
		return calendar.Date{}, nil
	}
	return calendar.ParseDate(s)
}

// takeItem makes a version of an item of its leaf and document.
func takeItem(l *publication.ItemLeaf, doc []byte) (p publication.PublishedItem, err error) {
	if catalog.Hash(doc) != l.Doc {
		return p, fault.Conflictf("第 %d 次公布的事项“%s”与校验值不符。", l.Release, l.Name)
	}
	p.ReleaseSeq, p.VerifyCode = l.Release, l.Verify
	p.BatchItem = publication.BatchItem{ItemID: l.Item, UnitID: l.UnitID, UnitName: l.Unit, Name: l.Name, Code: l.Code, Type: l.Type, Visits: l.Visits, Class: l.Class,
		Doc: doc, DocHash: l.Doc, Standing: l.Standing, Op: l.Op, Cause: l.Cause, Basis: l.Basis, Reason: l.Reason, Successors: l.Successors}
	if p.Effective, err = day(l.Effective); err != nil {
		return p, err
	}
	p.Until, err = day(l.Until)
	return p, err
}

// checkReleases holds every release against its own hash.
func checkReleases(f *publication.ReleaseFile) error {
	items, prev := f.Items, ""
	for _, r := range f.Releases {
		n := slices.IndexFunc(items, func(p publication.PublishedItem) bool { return p.ReleaseSeq != r.Seq })
		if n < 0 {
			n = len(items)
		}
		for i := range items[:n] {
			r.Items = append(r.Items, items[i].ReleaseItem)
		}
		if err := publication.VerifyRelease(&r, prev); err != nil {
			return err
		}
		items, prev = items[n:], r.Hash
	}
	return nil
}
