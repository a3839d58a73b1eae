package api

import (
	"bytes"
	"fmt"
	"mime"
	"strconv"
	"time"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server"
)

// The log of publications is read by tools of others: heads, proofs and the
// whole log are the texts that docs/reference/verifying.md describes, not JSON.

// logged answers 304 while the log is what the caller has already.
func (s *Server) logged(f handler) handler {
	return func(q *request) error {
		h, err := s.Portal.LogHead(q.Context())
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if q.unchanged(server.Tag(q.URL.RequestURI(), h.Size, len(h.Keys))) {
			return nil
		}
		return f(q)
	}
}

// text answers with a text; a name makes it a file to keep.
func (q *request) text(kind, name string, b []byte) error {
	h := q.w.Header()
	h.Set("Content-Type", kind+"; charset=utf-8")
	if name != "" {
		h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	}
	_, err := q.w.Write(b)
	return err
}

// GET /api/log/head
func (s *Server) getLogHead(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	h, err := s.Portal.LogHead(q.Context())
	if err != nil {
		return err
	}
	return q.text("text/plain", "", []byte(h.Note))
}

type logHead struct {
	Size int64     `json:"size"`
	At   time.Time `json:"at"`
	Keys []string  `json:"keys"`
	Note string    `json:"note"`
}

// GET /api/log/heads
func (s *Server) getLogHeads(q *request) error {
	v, err := q.query(nil, "before", "limit")
	if err != nil {
		return err
	}
	limit, err := number(v, "limit", 100, 1, 1000)
	if err != nil {
		return err
	}
	before, err := logNumber(v.Get("before"), "before", 0)
	if err != nil {
		return err
	}
	heads, err := s.Portal.LogHeads(q.Context(), before, limit)
	if err != nil {
		return err
	}
	out := struct {
		Heads []logHead `json:"heads"`
		Next  string    `json:"next"`
	}{Heads: []logHead{}}
	for _, h := range heads {
		out.Heads = append(out.Heads, logHead{h.Size, h.At, append([]string{}, h.Keys...), h.Note})
	}
	if len(heads) == limit {
		out.Next = strconv.FormatInt(heads[limit-1].Size, 10)
	}
	return q.reply(out)
}

// logNumber reads a place in the log.
func logNumber(s, name string, def int64) (int64, error) {
	if s == "" {
		return def, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, badQuery(name, "应是不小于 0 的整数")
	}
	return n, nil
}

type logEntry struct {
	Index int64                `json:"index"`
	Kind  publication.LeafKind `json:"kind"`
	Text  string               `json:"text"`
}

// GET /api/log/entries
func (s *Server) getLogEntries(q *request) error {
	v, err := q.query(nil, "from", "limit")
	if err != nil {
		return err
	}
	limit, err := number(v, "limit", 100, 1, 1000)
	if err != nil {
		return err
	}
	from, err := logNumber(v.Get("from"), "from", 0)
	if err != nil {
		return err
	}
	leaves, err := s.Portal.LogLeaves(q.Context(), from, limit)
	if err != nil {
		return err
	}
	out := struct {
		Entries []logEntry `json:"entries"`
		Next    string     `json:"next"`
	}{Entries: []logEntry{}}
	for _, l := range leaves {
		out.Entries = append(out.Entries, logEntry{l.Index, l.Kind, string(l.Text)})
	}
	if len(leaves) == limit {
		out.Next = strconv.FormatInt(leaves[limit-1].Index+1, 10)
	}
	return q.reply(out)
}

const proofType = "text/plain"

// GET /api/log/proof: of a published version by its verification code, of a
// commitment by its number, or of any entry by its index.
func (s *Server) getLogProof(q *request) error {
	v, err := q.query(nil, "code", "commitment", "index")
	if err != nil {
		return err
	}
	if len(v) != 1 {
		return badQuery("code", "请给出 code、commitment、index 之一")
	}
	name := v.Get("code") + v.Get("commitment") + v.Get("index")
	var b []byte
	switch {
	case v.Has("commitment"):
		_, p, err := s.Portal.Commitment(q.Context(), v.Get("commitment"))
		if err != nil {
			return err
		}
		b, err = p.Format()
		if err != nil {
			return err
		}
	case v.Has("index"):
		index, err := logNumber(v.Get("index"), "index", 0)
		if err != nil {
			return err
		}
		p, err := s.Portal.ProofAt(q.Context(), index)
		if err != nil {
			return err
		}
		if b, err = p.Format(); err != nil {
			return err
		}
	default:
		p, err := s.Portal.Proof(q.Context(), v.Get("code"))
		if err != nil {
			return err
		}
		if b, err = p.Format(); err != nil {
			return err
		}
	}
	return q.text(proofType, name+".tlog-proof", b)
}

// GET /api/log/consistency
func (s *Server) getLogConsistency(q *request) error {
	v, err := q.query(nil, "from")
	if err != nil {
		return err
	}
	from, err := logNumber(v.Get("from"), "from", 0)
	if err != nil {
		return err
	}
	if from == 0 {
		return badQuery("from", "请给出以前的日志头的条数")
	}
	l, err := s.Portal.Link(q.Context(), from)
	if err != nil {
		return err
	}
	return q.text(proofType, fmt.Sprintf("%d.tlog-consistency", from), l.Format())
}

// GET /api/log/export
func (s *Server) getLogExport(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := s.Portal.WriteLog(q.Context(), &b, s.Now()); err != nil {
		return err
	}
	return q.text("text/plain", "公布日志.jsonl", b.Bytes())
}

// GET /api/log/keys
func (s *Server) getLogKeys(q *request) error {
	if _, err := q.query(nil); err != nil {
		return err
	}
	f, err := s.Portal.KeyFile(q.Context())
	if err != nil {
		return err
	}
	if f.Keys == nil {
		f.Keys = []publication.Key{}
	}
	return q.reply(f)
}
