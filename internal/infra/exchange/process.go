package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

// maxProcess is the largest process file, in bytes; maxDepth how deep it may
// nest.
const (
	maxProcess = 16 << 20
	maxDepth   = 32
)

// node is a value of a JSON or YAML file with the place it stands at.
type node struct {
	line, col int
	kind      byte // o object, a array, s string, n number, b bool, 0 null
	text      string
	keys      []string
	values    []*node // of an object by key, of an array in order
}

func (n *node) at() string { return fmt.Sprintf("%d:%d", n.line, n.col) }

// ReadProcess reads the process of cli.md from JSON or YAML: standing alone, or
// inside an item under "process". It is strict, because what it reads decides a
// public figure: unknown and doubled keys, wrong types, text after the end and
// unknown ids are Invalid faults that name the place. Words that the method does
// not know (kinds, duties, channels) are warnings.
func ReadProcess(name string, r io.Reader) (*catalog.Process, []string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxProcess+1))
	if err != nil {
		return nil, nil, fault.Wrap(fault.Invalid, err, "文件“%s”读取失败。", name)
	}
	if len(data) > maxProcess {
		return nil, nil, fault.Invalidf("文件“%s”超过 16 MB，不像一个办理流程。", name)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var root *node
	if t := bytes.TrimLeft(data, " \t\r\n"); len(t) > 0 && t[0] == '{' && !strings.HasSuffix(name, ".yaml") && !strings.HasSuffix(name, ".yml") {
		root, err = parseJSON(data)
	} else {
		root, err = parseYAML(data)
	}
	if err != nil {
		return nil, nil, err
	}
	e := fault.Invalidf("办理流程文件有误，请按提示更正。")
	if root.kind != 'o' {
		return nil, nil, e.At(root.at(), "文件应是一个办理流程（对象）")
	}
	if i := slices.Index(root.keys, "process"); i >= 0 { // an item
		root = root.values[i]
	}
	p := &catalog.Process{Touchpoints: []catalog.Touchpoint{}}
	d := &strict{e: e}
	d.object(root, "", map[string]func(*node, string){
		"formal_check": func(n *node, at string) { p.FormalCheck = d.bool(n, at) },
		"main_hall":    func(n *node, at string) { p.MainHall = d.str(n, at) },
		"sites": func(n *node, at string) {
			d.array(n, at, func(n *node, at string) {
				var s catalog.Site
				d.object(n, at, map[string]func(*node, string){
					"id": d.into(&s.ID), "name": d.into(&s.Name), "hall": d.into(&s.Hall), "unit": d.into(&s.Unit), "movable": d.flag(&s.Movable)})
				p.Sites = append(p.Sites, s)
			})
		},
		"steps": func(n *node, at string) {
			d.array(n, at, func(n *node, at string) {
				var s catalog.Step
				d.object(n, at, map[string]func(*node, string){
					"id": d.into(&s.ID), "name": d.into(&s.Name), "kind": d.into(&s.Kind), "unit": d.into(&s.Unit), "level": d.into(&s.Level),
					"days": func(n *node, at string) { s.Days = d.num(n, at) }, "waits": d.flag(&s.Waits), "with": d.into(&s.With),
					"offices": d.list(&s.Offices), "basis": d.into(&s.Basis)})
				p.Steps = append(p.Steps, s)
			})
		},
		"touchpoints": func(n *node, at string) {
			d.array(n, at, func(n *node, at string) {
				var t catalog.Touchpoint
				d.object(n, at, map[string]func(*node, string){
					"id": d.into(&t.ID), "duty": d.into(&t.Duty), "from": d.into(&t.From), "to": d.into(&t.To), "site": d.into(&t.Site),
					"remote": d.list(&t.Remote), "law": d.into(&t.Law), "between": d.into(&t.Between), "shared": d.flag(&t.Shared)})
				p.Touchpoints = append(p.Touchpoints, t)
			})
		},
	})
	if err := e.OrNil(); err != nil {
		return nil, nil, err
	}
	warnings, err := visit.Validate(p)
	return p, warnings, err
}

// strict fills a process from nodes and gathers what does not fit.
type strict struct{ e *fault.Error }

func (d *strict) bad(n *node, at, format string, args ...any) {
	if len(d.e.Fields) < 50 { // a hopeless file is told from the first mistakes
		d.e.At(at, "%s（第 %d 行第 %d 列）", fmt.Sprintf(format, args...), n.line, n.col)
	}
}

func (d *strict) object(n *node, at string, known map[string]func(*node, string)) {
	if n.kind != 'o' {
		d.bad(n, orRoot(at), "应是一个对象")
		return
	}
	for i, k := range n.keys {
		path := k
		if at != "" {
			path = at + "." + k
		}
		set, ok := known[k]
		if !ok {
			d.bad(n.values[i], path, "不认识的键“%s”", k)
			continue
		}
		set(n.values[i], path)
	}
}

func orRoot(at string) string {
	if at == "" {
		return "process"
	}
	return at
}

func (d *strict) array(n *node, at string, each func(*node, string)) {
	if n.kind != 'a' {
		d.bad(n, at, "应是一个数组")
		return
	}
	for i, v := range n.values {
		each(v, fmt.Sprintf("%s[%d]", at, i))
	}
}

func (d *strict) str(n *node, at string) string {
	if n.kind != 's' {
		d.bad(n, at, "应是文字")
	}
	return n.text
}

func (d *strict) bool(n *node, at string) bool {
	if n.kind != 'b' {
		d.bad(n, at, "应是 true 或 false")
	}
	return n.text == "true"
}

func (d *strict) num(n *node, at string) float64 {
	var f float64
	if n.kind != 'n' || json.Unmarshal([]byte(n.text), &f) != nil {
		d.bad(n, at, "应是数字")
	}
	return f
}

func (d *strict) into(s *string) func(*node, string) {
	return func(n *node, at string) { *s = d.str(n, at) }
}

func (d *strict) flag(b *bool) func(*node, string) {
	return func(n *node, at string) { *b = d.bool(n, at) }
}

func (d *strict) list(l *[]string) func(*node, string) {
	return func(n *node, at string) {
		d.array(n, at, func(n *node, at string) { *l = append(*l, d.str(n, at)) })
	}
}

// parseJSON reads JSON with places; doubled keys are errors.
func parseJSON(data []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	// place finds line and column of an offset; offsets only grow.
	line, start, seen := 1, 0, 0
	place := func(off int) (int, int) {
		off = min(off, len(data))
		for ; seen < off; seen++ {
			if data[seen] == '\n' {
				line, start = line+1, seen+1
			}
		}
		return line, off - start + 1
	}
	syntax := func(err error) error {
		var se *json.SyntaxError
		off := int(dec.InputOffset())
		if errors.As(err, &se) {
			off = int(se.Offset)
		}
		l, c := place(off)
		return fault.Wrap(fault.Invalid, err, "文件不是正确的 JSON：第 %d 行第 %d 列附近有误。", l, c)
	}
	var read func(depth int) (*node, error)
	read = func(depth int) (*node, error) {
		if depth > maxDepth {
			return nil, fault.Invalidf("文件嵌套过深，不像一个办理流程。")
		}
		off := int(dec.InputOffset())
		for off < len(data) && strings.IndexByte(" \t\r\n,:", data[off]) >= 0 {
			off++
		}
		n := &node{}
		n.line, n.col = place(off)
		t, err := dec.Token()
		if err != nil {
			return nil, syntax(err)
		}
		switch v := t.(type) {
		case json.Delim:
			n.kind = 'a'
			if v == '{' {
				n.kind = 'o'
			}
			for dec.More() {
				if n.kind == 'o' {
					k, err := dec.Token()
					if err != nil {
						return nil, syntax(err)
					}
					key, _ := k.(string) // the decoder allows nothing else here
					if slices.Contains(n.keys, key) {
						l, c := place(int(dec.InputOffset()))
						return nil, fault.Invalidf("办理流程文件有误，请按提示更正。").At(fmt.Sprintf("%d:%d", l, c), "键“%s”重复", key)
					}
					n.keys = append(n.keys, key)
				}
				child, err := read(depth + 1)
				if err != nil {
					return nil, err
				}
				n.values = append(n.values, child)
			}
			if _, err := dec.Token(); err != nil {
				return nil, syntax(err)
			}
		case string:
			n.kind, n.text = 's', v
		case json.Number:
			n.kind, n.text = 'n', v.String()
		case bool:
			n.kind, n.text = 'b', fmt.Sprint(v)
		}
		return n, nil
	}
	root, err := read(0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		l, c := place(int(dec.InputOffset()))
		return nil, fault.Invalidf("文件在流程之后还有内容：第 %d 行第 %d 列。", l, c)
	}
	return root, nil
}

// parseYAML reads YAML of the same shape; aliases are not followed.
func parseYAML(data []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "文件不是正确的 JSON 或 YAML：%s。", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fault.Invalidf("文件在流程之后还有内容。")
	}
	var conv func(y *yaml.Node, depth int) (*node, error)
	conv = func(y *yaml.Node, depth int) (*node, error) {
		n := &node{line: y.Line, col: y.Column}
		if depth > maxDepth {
			return nil, fault.Invalidf("文件嵌套过深，不像一个办理流程。")
		}
		switch y.Kind {
		case yaml.DocumentNode:
			return conv(y.Content[0], depth)
		case yaml.MappingNode:
			n.kind = 'o'
			for i := 0; i+1 < len(y.Content); i += 2 {
				k := y.Content[i].Value
				if slices.Contains(n.keys, k) {
					return nil, fault.Invalidf("办理流程文件有误，请按提示更正。").At(fmt.Sprintf("%d:%d", y.Content[i].Line, y.Content[i].Column), "键“%s”重复", k)
				}
				v, err := conv(y.Content[i+1], depth+1)
				if err != nil {
					return nil, err
				}
				n.keys, n.values = append(n.keys, k), append(n.values, v)
			}
		case yaml.SequenceNode:
			n.kind = 'a'
			for _, c := range y.Content {
				v, err := conv(c, depth+1)
				if err != nil {
					return nil, err
				}
				n.values = append(n.values, v)
			}
		case yaml.ScalarNode:
			n.text = y.Value
			switch y.Tag {
			case "!!bool":
				n.kind, n.text = 'b', strings.ToLower(y.Value)
			case "!!int", "!!float":
				n.kind = 'n'
			case "!!null":
			default:
				n.kind = 's'
			}
		default:
			return nil, fault.Invalidf("办理流程文件有误，请按提示更正。").At(n.at(), "不支持 YAML 的引用")
		}
		return n, nil
	}
	return conv(&doc, 0)
}
