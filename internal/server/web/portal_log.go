package web

import (
	"fmt"
	"strconv"
	"time"

	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
)

// logPage is how many entries of the log a page shows.
const logPage = 50

// logRow is an entry of the log for people.
type logRow struct {
	Index      int64
	Kind, What string
	At         string // when it was logged, where the entry says so
}

// logData is a page of the log, newest first.
type logData struct {
	Head publication.SignedHead
	Keys []publication.Key
	Rows []logRow
	Next int64 // index from which the next page goes on, -1 at the end
	now  time.Time
}

// GET /log
func (s *Server) getLog(q *request) error {
	d := logData{Next: -1, now: s.now()}
	var err error
	if d.Head, err = s.Portal.LogHead(q.Context()); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	f, err := s.Portal.KeyFile(q.Context())
	if err != nil {
		return err
	}
	d.Keys = f.Keys
	last := d.Head.Size - 1
	if n, err := strconv.ParseInt(q.FormValue("before"), 10, 64); err == nil && n >= 0 && n <= last {
		last = n - 1
	}
	from := max(last-logPage+1, 0)
	leaves, err := s.Portal.LogLeaves(q.Context(), from, int(last-from+1))
	if err != nil {
		return err
	}
	for i := len(leaves) - 1; i >= 0; i-- {
		r, err := leafRow(&leaves[i])
		if err != nil {
			return err
		}
		d.Rows = append(d.Rows, r)
	}
	if from > 0 {
		d.Next = from
	}
	return q.render(q.publicPage("公布日志"), logView(d))
}

func leafRow(l *publication.LoggedLeaf) (logRow, error) {
	r := logRow{Index: l.Index}
	leaf, err := publication.ParseLeaf(l.Text)
	if err != nil {
		return r, err
	}
	switch {
	case leaf.Release != nil:
		r.Kind, r.At = "公布", calendar.DateOf(leaf.Release.At).ChineseShort()
		r.What = fmt.Sprintf("%s（%s），%d 个事项", leaf.Release.Title, leaf.Release.Number, leaf.Release.Items)
	case leaf.Item != nil:
		r.Kind = "事项"
		r.What = fmt.Sprintf("%s（%s），核验码 %s", leaf.Item.Name, leaf.Item.Unit, leaf.Item.Verify)
		if leaf.Item.Standing != publication.StandingPublished {
			r.What += "，" + string(leaf.Item.Standing)
		}
	case leaf.Key != nil:
		r.Kind, r.At = "登记密钥", calendar.DateOf(leaf.Key.NotBefore).ChineseShort()
		r.What = fmt.Sprintf("%s，%s，%s", leaf.Key.Owner, leaf.Key.Algorithm, leaf.Key.ID)
	case leaf.Revocation != nil:
		r.Kind, r.At = "作废密钥", calendar.DateOf(leaf.Revocation.At).ChineseShort()
		r.What = fmt.Sprintf("%s（%s）：%s", leaf.Revocation.Key, leaf.Revocation.Kind, leaf.Revocation.Reason)
	case leaf.Commitment != nil:
		r.Kind, r.At = "承诺书", calendar.DateOf(leaf.Commitment.At).ChineseShort()
		r.What = fmt.Sprintf("%s电子签署公开承诺书（%s）", leaf.Commitment.Unit, leaf.Commitment.Number)
	}
	return r, nil
}

// leafData is one entry of the log.
type leafData struct {
	logRow
	Text string
	Code string // verification code, of an item
}

// GET /log/{index}
func (s *Server) getLeaf(q *request) error {
	n, err := strconv.ParseInt(q.PathValue("index"), 10, 64)
	if err != nil || n < 0 {
		return fault.NotFoundf("公布日志没有这一条。")
	}
	leaves, err := s.Portal.LogLeaves(q.Context(), n, 1)
	if err != nil {
		return err
	}
	if len(leaves) == 0 || leaves[0].Index != n {
		return fault.NotFoundf("公布日志没有第 %d 条。", n)
	}
	d := leafData{Text: string(leaves[0].Text)}
	if d.logRow, err = leafRow(&leaves[0]); err != nil {
		return err
	}
	if l, err := publication.ParseLeaf(leaves[0].Text); err == nil && l.Item != nil {
		d.Code = l.Item.Verify
	}
	return q.render(q.publicPage(fmt.Sprintf("公布日志第 %d 条", n)), leafView(d))
}

// keyLight is the colour of a key's state.
func keyLight(state string) string {
	if state == "有效" {
		return "green"
	}
	return "grey"
}
