package web

import (
	"bytes"
	"net/url"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/server/web/ui"
)

// A list of the workbench keeps all that was chosen in its address: filters,
// order (sort=name, sort=-name the other way round) and page (after or before an
// ID). Such an address can be kept as a bookmark or sent to a colleague.

// orderOf reads the order from an address.
func orderOf(v url.Values) reform.Order {
	by, desc := strings.CutPrefix(v.Get("sort"), "-")
	return reform.Order{By: by, Desc: desc}
}

// listAddress is the address of a list with one value changed, on its first page.
func listAddress(path string, v url.Values, key, value string) string {
	q := url.Values{}
	for k, x := range v {
		if k != "after" && k != "before" && k != "done" && len(x) > 0 && x[0] != "" {
			q[k] = x
		}
	}
	if q.Del(key); value != "" {
		q.Set(key, value)
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// sortable is a column by which the list at path can be sorted: a click sorts by
// it, another one the other way round.
func sortable(path string, v url.Values, by string, c ui.Column) ui.Column {
	o := orderOf(v)
	to := by
	if o.By == by {
		c.Sorted = "ascending"
		if o.Desc {
			c.Sorted = "descending"
		} else {
			to = "-" + by
		}
	}
	c.SortHref = listAddress(path, v, "sort", to)
	return c
}

// tables are the addresses of a list as files, with the filters and the order of
// the page.
func tables(path string, v url.Values) [][2]string {
	return [][2]string{{"Excel", listAddress(path+".xlsx", v, "", "")}, {"CSV", listAddress(path+".csv", v, "", "")}}
}

// table answers with a table as a file.
func (q *request) table(name, format string, write func(b *bytes.Buffer) error) error {
	return q.print(name, format, func(b *bytes.Buffer) ([]rune, error) { return nil, write(b) })
}

// formats are the kinds of file that a list is offered as.
var formats = []string{"xlsx", "csv"}

// listRoutes lists the tables of the lists.
func (s *Server) listRoutes() {
	for _, f := range formats {
		s.work("GET /work/items."+f, func(q *request) error {
			return q.table("事项", f, func(b *bytes.Buffer) error {
				return s.Reform.WriteItems(q.Context(), q.actor(), b, itemFilter(q.URL.Query()), f)
			})
		})
		s.work("GET /work/submissions."+f, func(q *request) error {
			return q.table("报送与审核", f, func(b *bytes.Buffer) error {
				return s.Reform.WriteSubmissions(q.Context(), q.actor(), b, submissionsFilter(q.URL.Query()), f)
			})
		})
		s.work("GET /work/adjustments."+f, func(q *request) error {
			return q.table("动态调整", f, func(b *bytes.Buffer) error {
				return s.Reform.WriteAdjustments(q.Context(), q.actor(), b, adjustmentsFilter(q.URL.Query()), f)
			})
		})
		s.work("GET /work/board."+f, func(q *request) error {
			return q.table("各单位情况", f, func(b *bytes.Buffer) error {
				return s.Reform.WriteBoard(q.Context(), q.actor(), b, orderOf(q.URL.Query()), f)
			})
		})
		s.work("GET /work/batches/{id}/items."+f, func(q *request) error {
			return q.table("批次事项", f, func(b *bytes.Buffer) error {
				return s.Reform.WriteBatch(q.Context(), q.actor(), b, q.PathValue("id"), f)
			})
		})
	}
}
