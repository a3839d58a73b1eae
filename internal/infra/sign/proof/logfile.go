package proof

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// LogFormat names the format of a file that holds the whole log.
const LogFormat = "onevisit/log-file@1"

// logLine is the second line of a log file.
type logLine struct {
	Log logHead `json:"log"`
}

type logHead struct {
	Origin string    `json:"origin"`
	Size   int64     `json:"size"`
	MadeAt time.Time `json:"made_at"`
}

// noteLine carries a signed head.
type noteLine struct {
	Note string `json:"note"`
}

// LogFile is the whole log in one file, with every head that was signed.
type LogFile struct {
	Origin string
	MadeAt time.Time
	Leaves [][]byte
	Heads  []string // signed notes, smallest first; the last is of the whole log
}

// WriteLog writes the log: each leaf is a line of its own, to the byte. It bears
// no signature besides those of its heads, which cover all that it says.
func WriteLog(w io.Writer, f *LogFile) error {
	s := newWriter(w, LogFormat)
	s.line(logLine{logHead{f.Origin, int64(len(f.Leaves)), f.MadeAt.UTC()}})
	for _, l := range f.Leaves {
		s.line(json.RawMessage(l))
	}
	for _, n := range f.Heads {
		s.line(noteLine{n})
	}
	return s.seal(nil, nil, f.MadeAt)
}

// ReadLog reads and checks a whole log: every leaf, every head, and the seal.
func ReadLog(r io.Reader, t Trust) (*LogFile, *Report, error) {
	s, err := newReader(r, LogFormat)
	if err != nil {
		return nil, nil, err
	}
	f := &LogFile{}
	var c logReader
	var l logLine
	b, err := s.next()
	if err != nil {
		return nil, nil, err
	}
	if b == nil || json.Unmarshal(b, &l) != nil || l.Log.Origin == "" {
		return nil, nil, s.bad("应为日志的名称和条数。")
	}
	f.Origin, f.MadeAt = l.Log.Origin, l.Log.MadeAt
	for {
		if b, err = s.next(); err != nil {
			return nil, nil, err
		}
		if b == nil {
			break
		}
		if bytes.HasPrefix(b, []byte(`{"note":`)) {
			var n noteLine
			if json.Unmarshal(b, &n) != nil {
				return nil, nil, s.bad("日志头不是规定的格式。")
			}
			f.Heads = append(f.Heads, n.Note)
			continue
		}
		if len(f.Heads) > 0 {
			return nil, nil, s.bad("日志头后面不应再有条目。")
		}
		if _, err := c.add(b); err != nil {
			return nil, nil, err
		}
		f.Leaves = append(f.Leaves, bytes.Clone(b))
	}
	if int64(len(f.Leaves)) != l.Log.Size || len(f.Heads) == 0 {
		return nil, nil, fault.Conflictf("日志应有 %d 条和至少一个日志头，实有 %d 条、%d 个。", l.Log.Size, len(f.Leaves), len(f.Heads))
	}
	rep, err := c.report(s, t, f.Origin, f.Heads)
	return f, rep, err
}

// logReader takes the leaves of a file: into the check of their order and into
// the tree.
type logReader struct {
	check publication.LogCheck
	tree  Tree
}

func (c *logReader) add(leaf []byte) (*publication.Leaf, error) {
	l, err := c.check.Next(leaf)
	if err != nil {
		return nil, err
	}
	return l, c.tree.Add(leaf)
}

// report checks what can be checked when everything has been read: the heads
// against the tree, their signatures, the known head, and the seal.
func (c *logReader) report(s *reader, t Trust, origin string, heads []string) (*Report, error) {
	if err := c.check.End(); err != nil {
		return nil, err
	}
	r := &Report{Releases: c.check.Releases, Items: c.check.Items, Leaves: c.check.Size(), Keys: c.check.Keys(), Unconfirmed: len(t.Keys) == 0}
	last := int64(0)
	for _, n := range heads {
		h, remarks, err := t.openOf(n, r.Keys)
		if err != nil {
			return nil, err
		}
		if h.Origin != origin || h.Size < last {
			return nil, fault.Conflictf("日志头（%s，%d 条）不属于这份日志，或者次序不对。", h.Origin, h.Size)
		}
		if err := c.tree.Matches(&h.Head); err != nil {
			return nil, err
		}
		last = h.Size
		r.Head, r.Remarks = *h, append(r.Remarks, remarks...)
	}
	if last != c.check.Size() {
		return nil, fault.Conflictf("日志有 %d 条，最后一个日志头只到第 %d 条。", c.check.Size(), last)
	}
	if t.Head != nil {
		if t.Head.Origin != origin {
			return nil, fault.Conflictf("这是另一份日志（%s，已知的是 %s）。", origin, t.Head.Origin)
		}
		if err := c.tree.Matches(t.Head); err != nil {
			return nil, err
		}
	}
	known := t
	known.Keys = t.with(r.Keys)
	if err := known.genuine(&r.Head); err != nil {
		return nil, err
	}
	// A log says nothing that its heads do not cover; with them signed, the seal
	// need not be.
	if s.format != LogFormat || len(r.Head.Keys) == 0 || len(s.end.Signatures) > 0 {
		remarks, err := s.confirm(t.with(r.Keys), c.check.Size()-1)
		if err != nil {
			return nil, err
		}
		r.Remarks = append(r.Remarks, remarks...)
	}
	slices.Sort(r.Remarks)
	r.Remarks = slices.Compact(r.Remarks)
	return r, nil
}

// openOf opens a head of a log that has been read. A head from before the
// county's first key is unsigned; a later one must not be.
func (t Trust) openOf(text string, log []publication.Key) (*publication.SignedHead, []string, error) {
	h, remarks, err := OpenHead(text, t.with(log))
	if Unsigned(err) {
		for i := range log {
			if k := &log[i]; k.County() && k.Index < h.Size && (k.Revoked == nil || k.Revoked.Index >= h.Size) && h.At.Before(k.NotAfter) {
				return nil, nil, err
			}
		}
		return h, []string{unsignedRemark}, nil
	}
	if err == nil && len(t.Keys) == 0 {
		remarks = append(remarks, unconfirmedRemark)
	}
	return h, remarks, err
}
