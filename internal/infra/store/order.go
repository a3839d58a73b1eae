package store

import (
	"fmt"
	"strings"

	"onevisit/internal/domain/fault"
)

// Order is how a list is sorted: by one of the names that the list knows, the
// other way round if Desc. The zero Order is the list's own.
type Order struct {
	By   string
	Desc bool
}

// sorting is what a list can be sorted by.
type sorting struct {
	from string            // FROM clause
	id   string            // column of the ID
	by   map[string]string // column or expression by name
	desc bool              // the list's own order is newest first
}

// page is a condition and an order that select one page of a list by keys.
type page struct {
	cond, order string
	args        []any
	backwards   bool // the rows come in the opposite order
}

// page leads to the rows after or before one with an ID, in an order. Two rows
// with the same value stand in the order of their IDs. A row that is gone leads
// to the beginning.
func (tx *Tx) page(s sorting, o Order, after, before string, args []any) (page, error) {
	p := page{args: args}
	col, known := s.by[o.By]
	if o.By != "" && !known {
		return p, fault.Invalidf("列表不能按“%s”排序。", o.By)
	}
	desc := o.Desc
	if !known {
		desc = s.desc != o.Desc
	}
	p.backwards = after == "" && before != ""
	at := after
	if p.backwards {
		at, desc = before, !desc
	}
	dir, op := "ASC", ">"
	if desc {
		dir, op = "DESC", "<"
	}
	p.order = " ORDER BY " + s.id + " " + dir
	if known {
		p.order = fmt.Sprintf(" ORDER BY %s %s, %s %s", col, dir, s.id, dir)
	}
	if at == "" {
		return p, nil
	}
	if !known {
		p.args = append(p.args, at)
		p.cond = fmt.Sprintf(" AND %s %s $%d", s.id, op, len(p.args))
		return p, nil
	}
	key, err := One(tx, func(sc Scanner) (any, error) {
		var v any
		err := sc.Scan(&v)
		return v, err
	}, `SELECT `+col+` FROM `+s.from+` WHERE `+s.id+`=$1`, at)
	if fault.Is(err, fault.NotFound) {
		return p, nil
	}
	if err != nil {
		return p, err
	}
	p.args = append(p.args, key, at)
	p.cond = fmt.Sprintf(" AND (%s, %s) %s ($%d, $%d)", col, s.id, op, len(p.args)-1, len(p.args))
	return p, nil
}

// inList is an IN list of values, which are appended to args.
func inList(args []any, values []string) (string, []any) {
	marks := make([]string, len(values))
	for i, v := range values {
		args = append(args, v)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	return " IN (" + strings.Join(marks, ",") + ")", args
}
