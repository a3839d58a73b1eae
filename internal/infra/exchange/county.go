package exchange

import (
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

// maxCounty is the largest county file, in bytes.
const maxCounty = 512 << 20

// ReadCounty reads the units of a county with the processes of their items, as
// `plan --county` takes them, from JSON or YAML. It is as strict as ReadProcess:
// every defect is an Invalid fault with its place. Two units of one name and two
// items of one id in a unit are defects. Warnings name words that the method
// does not know.
func ReadCounty(name string, r io.Reader) (*visit.County, []string, error) {
	root, err := readTree(name, r, maxCounty, foldItem)
	if err != nil {
		return nil, nil, err
	}
	e := fault.Invalidf("文件“%s”有误，请按提示更正。", name)
	d := &strict{e: e}
	b := visit.NewCounty()
	var warnings []string
	if root.kind == 'o' && !slices.Contains(root.keys, "units") {
		d.bad(root, "units", "缺少 units")
	}
	names := map[string]bool{}
	d.object(root, "", map[string]func(*node, string){"units": func(n *node, at string) {
		d.array(n, at, func(n *node, at string) {
			var unit string
			var items *node
			d.object(n, at, map[string]func(*node, string){"name": d.into(&unit), "items": func(n *node, _ string) { items = n }})
			switch {
			case strings.TrimSpace(unit) == "":
				d.bad(n, at+".name", "单位没有名称")
			case names[unit]:
				d.bad(n, at+".name", "单位“%s”重复", unit)
			}
			names[unit] = true
			b.Unit(unit)
			if items == nil {
				return // a unit without items
			}
			ids := map[string]bool{}
			d.array(items, at+".items", func(n *node, at string) {
				id, c, w := d.countyItem(n, at)
				switch {
				case n.kind != 'o': // said already
				case strings.TrimSpace(id) == "":
					d.bad(n, at+".id", "事项没有编号")
				case ids[id]:
					d.bad(n, at+".id", "事项编号“%s”重复", id)
				}
				ids[id] = true
				warnings = append(warnings, w...)
				if c != nil {
					b.Item(id, c)
				}
			})
		})
	}})
	if err := e.OrNil(); err != nil {
		return nil, warnings, err
	}
	return b.Done(), warnings, nil
}

// itemDepth is how deep an item lies: units, a unit, its items, an item.
const itemDepth = 4

// readItem is an item that was read while its file was.
type readItem struct {
	id       string
	process  *visit.Compiled
	warnings []string
}

// foldItem reads an item without defects at once; one with defects is left to be
// read again where its place is known.
func foldItem(n *node, depth int) {
	if depth != itemDepth || n.kind != 'o' {
		return
	}
	d := &strict{e: faulty()}
	id, c, warnings := d.countyItem(n, "")
	if len(d.e.Fields) == 0 && c != nil {
		*n = node{line: n.line, col: n.col, kind: n.kind, read: &readItem{id, c, warnings}}
	}
}

// countyItem reads one item; nil if its process has a defect, which is noted.
func (d *strict) countyItem(n *node, at string) (id string, c *visit.Compiled, warnings []string) {
	if it, ok := n.read.(*readItem); ok {
		for _, w := range it.warnings {
			warnings = append(warnings, at+w)
		}
		return it.id, it.process, warnings
	}
	var process *node
	d.object(n, at, map[string]func(*node, string){"id": d.into(&id), "process": func(n *node, _ string) { process = n }})
	if n.kind != 'o' {
		return id, nil, nil
	}
	at += ".process"
	if process == nil {
		d.bad(n, at, "事项没有办理流程")
		return id, nil, nil
	}
	before := len(d.e.Fields)
	p := d.process(process, at)
	if len(d.e.Fields) > before {
		return id, nil, nil
	}
	c, warnings, err := visit.Compile(p)
	for i := range warnings {
		warnings[i] = at + "." + warnings[i]
	}
	for _, f := range fault.Fields(err) {
		d.bad(process, at+"."+f.Path, "%s", f.Text)
	}
	return id, c, warnings
}

// ReadCosts reads what each measure costs: {"M1": 3, "M2": 1.5}.
func ReadCosts(name string, r io.Reader) (visit.Costs, error) {
	root, err := readTree(name, r, maxProcess, nil)
	if err != nil {
		return nil, err
	}
	e := fault.Invalidf("费用文件“%s”有误，请按提示更正。", name)
	d := &strict{e: e}
	costs := visit.Costs{}
	if root.kind != 'o' {
		return nil, e.At(root.at(), "费用应写成对象，例如 {\"M1\": 3}")
	}
	for i, k := range root.keys {
		v := root.values[i]
		m, err := visit.ParseSet([]string{k})
		if err != nil {
			d.bad(v, k, "没有这项措施，可选 M1 至 M11")
			continue
		}
		if v.kind != 'n' {
			d.bad(v, k, "应是数字")
			continue
		}
		cost, err := visit.ParseAmount(v.text)
		if err != nil {
			d.bad(v, k, "%s", fault.Text(err))
			continue
		}
		if costs[m] != nil {
			d.bad(v, k, "措施重复")
		}
		costs[m] = cost
	}
	return costs, e.OrNil()
}
