package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/visit"
)

// maxProcess is the largest process file, in bytes; maxDepth how deep it may
// nest. The YAML library holds a whole file as a tree of about 65 times its size,
// so YAML has a bound of its own; JSON is read as it comes.
const (
	maxProcess = 16 << 20
	maxYAML    = 24 << 20
	maxDepth   = 32
)

// node is a value of a JSON or YAML file with the place it stands at.
type node struct {
	line, col int
	kind      byte // o object, a array, s string, n number, b bool, 0 null
	text      string
	keys      []string
	values    []*node // of an object by key, of an array in order
	read      any     // what a fold made of the node, instead of keys and values
}

func (n *node) at() string { return fmt.Sprintf("%d:%d", n.line, n.col) }

// ReadProcess reads the process of cli.md from JSON or YAML: standing alone, or
// inside an item under "process". It is strict, because what it reads decides a
// public figure: unknown and doubled keys, wrong types, text after the end and
// unknown ids are Invalid faults that name the place. Words that the method does
// not know (kinds, duties, channels) are warnings.
func ReadProcess(name string, r io.Reader) (*catalog.Process, []string, error) {
	root, err := readTree(name, r, maxProcess, nil)
	if err != nil {
		return nil, nil, err
	}
	e := faulty()
	if root.kind != 'o' {
		return nil, nil, e.At(root.at(), "文件应是一个办理流程（对象）")
	}
	base := ""                                           // where the process stands in the file
	if i := slices.Index(root.keys, "process"); i >= 0 { // an item
		base, root = "process", root.values[i]
	}
	p := (&strict{e: e}).process(root, base)
	if err := e.OrNil(); err != nil {
		return nil, nil, err
	}
	warnings, err := visit.Validate(p)
	if base != "" {
		err = within(base, err)
		for i := range warnings { // each begins with its path
			warnings[i] = base + "." + warnings[i]
		}
	}
	if err != nil {
		return nil, warnings, err
	}
	if !slices.Contains(root.keys, "touchpoints") {
		warnings = append(warnings, "没有 touchpoints：按申请人不需要到场计算")
	}
	return p, warnings, nil
}

// readTree reads a JSON or YAML file of at most max bytes. fold, if not nil, sees
// each node of JSON with its depth as soon as it is complete, and may keep in read
// what it makes of it, so that a large file is never held as nodes.
func readTree(name string, r io.Reader, max int64, fold func(*node, int)) (*node, error) {
	data, err := io.ReadAll(io.LimitReader(r, max+1))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "文件“%s”读取失败。", name)
	}
	if int64(len(data)) > max {
		return nil, fault.Invalidf("文件“%s”超过 %d MB，请拆分后重试。", name, max>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if i := badUTF8(data); i >= 0 {
		return nil, faulty().At(placeOf(data, i), "文件不是 UTF-8 编码，请另存为 UTF-8 后重试")
	}
	if isJSON(name, data) {
		return parseJSON(data, fold)
	}
	if len(data) > maxYAML {
		return nil, fault.Invalidf("YAML 文件“%s”有 %d MB，超过上限 %d MB。请改用 JSON（上限 %d MB），或拆分后重试。", name, len(data)>>20, maxYAML>>20, max>>20)
	}
	return parseYAML(data)
}

// process reads one process at a place.
func (d *strict) process(n *node, at string) *catalog.Process {
	p := &catalog.Process{Touchpoints: []catalog.Touchpoint{}}
	d.object(n, at, map[string]func(*node, string){
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
	return p
}

func faulty() *fault.Error { return fault.Invalidf("办理流程文件有误，请按提示更正。") }

// within puts the place of the process before the places that a fault names.
func within(base string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i := range moved.Fields {
		moved.Fields[i].Path = base + "." + moved.Fields[i].Path
	}
	return &moved
}

// isJSON goes by the name; a name that says neither, like "-", by the first sign.
func isJSON(name string, data []byte) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json":
		return true
	case ".yaml", ".yml":
		return false
	}
	t := bytes.TrimLeft(data, " \t\r\n")
	return len(t) > 0 && t[0] == '{'
}

// badUTF8 is the offset of the first byte that is no UTF-8, or -1.
func badUTF8(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// placeOf is line:column of an offset; columns count characters from 1.
func placeOf(data []byte, off int) string {
	off = max(0, min(off, len(data)))
	start := bytes.LastIndexByte(data[:off], '\n') + 1
	return fmt.Sprintf("%d:%d", bytes.Count(data[:off], []byte{'\n'})+1, utf8.RuneCount(data[start:off])+1)
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
func parseJSON(data []byte, fold func(*node, int)) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	// place finds line and column of a token; their offsets only grow.
	line, col, seen := 1, 1, 0
	place := func(off int) (int, int) {
		for off = min(off, len(data)); seen < off; seen++ {
			switch b := data[seen]; {
			case b == '\n':
				line, col = line+1, 1
			case b&0xC0 != 0x80: // the first byte of a character
				col++
			}
		}
		return line, col
	}
	// next is where the next token begins.
	next := func() int {
		off := int(dec.InputOffset())
		for off < len(data) && strings.IndexByte(" \t\r\n,:", data[off]) >= 0 {
			off++
		}
		return off
	}
	syntax := func(err error) error {
		off, text := len(data), "内容在这里中断，缺少括号或引号"
		var se *json.SyntaxError
		if errors.As(err, &se) {
			// A wrong token is told exactly; of a wrong word, number or text the
			// library's offset is no use, so its beginning is named.
			off, text = int(se.Offset), "这里的写法有误"
			if se.Offset != dec.InputOffset() {
				off = next()
			}
		}
		e := fault.Invalidf("文件不是正确的 JSON。").At(placeOf(data, off), "%s", text)
		e.Err = err
		return e
	}
	var read func(depth int) (*node, error)
	read = func(depth int) (*node, error) {
		if depth > maxDepth {
			return nil, tooDeep(placeOf(data, next()))
		}
		n := &node{}
		n.line, n.col = place(next())
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
			known := map[string]bool{}
			for dec.More() {
				if n.kind == 'o' {
					l, c := place(next())
					k, err := dec.Token()
					if err != nil {
						return nil, syntax(err)
					}
					key, _ := k.(string) // the decoder allows nothing else here
					if known[key] {
						return nil, faulty().At(fmt.Sprintf("%d:%d", l, c), "键“%s”重复", key)
					}
					known[key] = true
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
		if fold != nil {
			fold(n, depth)
		}
		return n, nil
	}
	root, err := read(0)
	if err != nil {
		return nil, err
	}
	end := next()
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, faulty().At(placeOf(data, end), "文件在流程之后还有内容")
	}
	return root, nil
}

func tooDeep(at string) error { return faulty().At(at, "嵌套过深，不像一个办理流程") }

// yamlLine finds the line that the library names in its message.
var yamlLine = regexp.MustCompile(`line (\d+)`)

// parseYAML reads YAML of the same shape; aliases are not followed.
func parseYAML(data []byte) (*node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		e := fault.Invalidf("文件不是正确的 JSON 或 YAML。")
		e.Err = err
		if errors.Is(err, io.EOF) {
			return nil, e.At("1:1", "文件是空的")
		}
		at := "1:1"
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			at = m[1] + ":1"
		}
		return nil, e.At(at, "这一行附近的写法有误，请检查缩进、冒号和引号")
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, faulty().At(fmt.Sprintf("%d:%d", max(1, more.Line), max(1, more.Column)), "文件在流程之后还有内容")
	}
	var conv func(y *yaml.Node, depth int) (*node, error)
	conv = func(y *yaml.Node, depth int) (*node, error) {
		n := &node{line: y.Line, col: y.Column}
		if depth > maxDepth {
			return nil, tooDeep(n.at())
		}
		switch y.Kind {
		case yaml.DocumentNode:
			return conv(y.Content[0], depth)
		case yaml.MappingNode:
			n.kind = 'o'
			known := make(map[string]bool, len(y.Content)/2)
			for i := 0; i+1 < len(y.Content); i += 2 {
				k := y.Content[i].Value
				if known[k] {
					return nil, faulty().At(fmt.Sprintf("%d:%d", y.Content[i].Line, y.Content[i].Column), "键“%s”重复", k)
				}
				known[k] = true
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
				if n.text = strings.ToLower(y.Value); n.text == "true" || n.text == "false" {
					n.kind = 'b'
				} else {
					n.kind = 's'
				}
			case "!!int", "!!float":
				n.kind = 'n'
			case "!!null":
			default:
				n.kind = 's'
			}
		default:
			return nil, faulty().At(n.at(), "不支持 YAML 的引用")
		}
		return n, nil
	}
	return conv(&doc, 0)
}
