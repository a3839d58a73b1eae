package exchange

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
)

// decodeItem reads an object in the item's own format. It goes key by key
// instead of decoding as a whole, so that one wrong value costs that value and
// not the record: it is reported, kept in Extra under its path, and the rest is
// read.
func (s *session) decodeItem(d *draft, m map[string]any) {
	if v, ok := m["schema"].(string); ok && v != catalog.Schema {
		d.field = "schema"
		d.warn(v, "格式版本与本系统的“"+catalog.Schema+"”不同，按本系统的格式读入。")
	}
	s.decodeStruct(d, m, reflect.ValueOf(d.item).Elem(), "")
	d.item.Schema = catalog.Schema
	var used map[string]bool
	for i := range d.item.Materials {
		if d.item.Materials[i].ID != "" {
			continue
		}
		if used == nil {
			used = map[string]bool{}
			for j := range d.item.Materials {
				used[d.item.Materials[j].ID] = true
			}
		}
		id := freeID("m", i, func(id string) bool { return used[id] })
		used[id] = true
		d.item.Materials[i].ID = id
	}
	d.field = targets["basic_code"].Label
	checkIf(d, d.item.BasicCode, checkBasicCode)
	d.field = targets["implementation_code"].Label
	checkIf(d, d.item.ImplementationCode, checkImplementationCode)
	d.field = targets["handling_code"].Label
	checkIf(d, d.item.HandlingCode, checkHandlingCode)
	d.field = targets["body.uscc"].Label
	checkIf(d, d.item.Body.USCC, checkUSCC)
	d.field = ""
}

func checkIf(d *draft, v string, check func(*draft, string)) {
	if v != "" {
		check(d, v)
	}
}

var (
	rawMap  = reflect.TypeFor[map[string]json.RawMessage]()
	options = reflect.TypeFor[catalog.Options]()
)

// fieldsOf gives the fields of a struct by their JSON key.
func fieldsOf(t reflect.Type) map[string]int {
	f := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		f[key] = i
	}
	return f
}

var structKeys = map[reflect.Type]map[string]int{}

func init() {
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Struct:
			if _, done := structKeys[t]; done {
				return
			}
			structKeys[t] = fieldsOf(t)
			for i := range t.NumField() {
				walk(t.Field(i).Type)
			}
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		}
	}
	walk(reflect.TypeFor[catalog.Item]())
}

func (s *session) decodeStruct(d *draft, m map[string]any, v reflect.Value, path string) {
	keys := structKeys[v.Type()]
	for _, k := range keysOf(m) {
		if m[k] == nil {
			continue
		}
		at := k
		if path != "" {
			at = path + "." + k
		}
		i, ok := keys[k]
		if !ok {
			s.sawUnknown(d.sheet, generalPath(at))
			d.extra(at, m[k])
			continue
		}
		s.decodeValue(d, m[k], v.Field(i), at)
	}
}

// generalPath turns materials[3].颜色 into materials[].颜色, so that an unknown key
// is reported once a file and not once a material.
func generalPath(p string) string {
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		b.WriteByte(p[i])
		if p[i] == '[' {
			for i+1 < len(p) && p[i+1] != ']' {
				i++
			}
		}
	}
	return b.String()
}

func fieldLabel(path string) string {
	if t := targets[path]; t != nil {
		return t.Label
	}
	return path
}

func (s *session) decodeValue(d *draft, in any, v reflect.Value, path string) {
	d.field = fieldLabel(path)
	wrong := func(want string) {
		d.field = fieldLabel(path)
		b, err := json.Marshal(in)
		if err != nil {
			b = []byte(fmt.Sprint(in))
		}
		d.fail(string(b), "应是"+want+"，原样保留在附加内容中。")
		d.extra(path, in)
	}
	if v.Type() == options {
		switch x := in.(type) {
		case string:
			v.Set(reflect.ValueOf(catalog.Options{x}))
			return
		case []any:
			o := catalog.Options{}
			for _, e := range x {
				t, ok := e.(string)
				if !ok {
					wrong("一个选项或选项的列表")
					return
				}
				o = append(o, t)
			}
			v.Set(reflect.ValueOf(o))
			return
		}
		wrong("一个选项或选项的列表")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			p := reflect.New(v.Type().Elem())
			before := len(d.item.Extra)
			s.decodeValue(d, in, p.Elem(), path)
			if len(d.item.Extra) > before && p.Elem().IsZero() {
				return // nothing of it could be read
			}
			v.Set(p)
		}
	case reflect.Struct:
		m, ok := in.(map[string]any)
		if !ok {
			if t, isText := in.(string); isText && v.Type() == reflect.TypeFor[catalog.Limit]() {
				l, remark, ok := parseLimit(t, "")
				if ok {
					if remark != "" {
						d.warn(t, remark+"。")
					}
					v.Set(reflect.ValueOf(l))
					return
				}
			} else if isText && v.Type() == reflect.TypeFor[catalog.Basis]() {
				v.Set(reflect.ValueOf(catalog.Basis{Text: d.clean(t)}))
				return
			}
			wrong("{ } 括起的对象")
			return
		}
		s.decodeStruct(d, m, v, path)
	case reflect.Slice:
		l, ok := in.([]any)
		if !ok {
			if t, isText := in.(string); isText && v.Type().Elem().Kind() == reflect.String {
				if t = d.clean(t); t != "" {
					v.Set(reflect.ValueOf([]string{t}))
				}
				return
			}
			wrong("[ ] 括起的列表")
			return
		}
		d.field = fieldLabel(path)
		if d.tooMany(in, len(l)) {
			return
		}
		out := reflect.MakeSlice(v.Type(), len(l), len(l))
		for i, e := range l {
			if e != nil {
				s.decodeValue(d, e, out.Index(i), path+"["+strconv.Itoa(i)+"]")
			}
		}
		v.Set(out)
	case reflect.Map:
		m, ok := in.(map[string]any)
		if !ok {
			wrong("{ } 括起的对象")
			return
		}
		if v.Type() == rawMap {
			for _, k := range keysOf(m) {
				d.extra(k, m[k])
			}
			return
		}
		out := reflect.MakeMapWithSize(v.Type(), len(m))
		for _, k := range keysOf(m) {
			e := reflect.New(v.Type().Elem()).Elem()
			if m[k] != nil {
				s.decodeValue(d, m[k], e, path+"["+k+"]")
			}
			out.SetMapIndex(reflect.ValueOf(k), e)
		}
		v.Set(out)
	case reflect.String:
		switch x := in.(type) {
		case string:
			t := d.clean(x)
			if isCode(path) {
				if n, _ := narrow(t); n != t {
					d.note(t, "编码中的全角字符已改为半角“"+n+"”。")
					t = n
				}
			}
			v.SetString(t)
		case json.Number:
			v.SetString(x.String())
			d.note(x.String(), "数字按文字读入。")
		default:
			wrong("文字")
		}
	case reflect.Bool:
		switch x := in.(type) {
		case bool:
			v.SetBool(x)
		case string, json.Number:
			b, err := catalog.ParseBool(scalar(x))
			if err != nil {
				wrong("true 或 false")
				return
			}
			v.SetBool(b)
			d.note(scalar(x), "应是 true 或 false，已按“"+scalar(b)+"”读入。")
		default:
			wrong("true 或 false")
		}
	case reflect.Int:
		n, err := strconv.ParseFloat(strings.TrimSpace(scalar(in)), 64)
		if err != nil || n != math.Trunc(n) || math.Abs(n) > 1e9 {
			wrong("整数")
			return
		}
		v.SetInt(int64(n))
		if _, isText := in.(string); isText {
			d.note(scalar(in), "数字写成了文字，已按整数读入。")
		}
	case reflect.Float64:
		n, err := strconv.ParseFloat(strings.TrimSpace(scalar(in)), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || math.Abs(n) > 1e9 {
			wrong("数字")
			return
		}
		v.SetFloat(n)
	}
}

func isCode(path string) bool {
	switch path {
	case "basic_code", "implementation_code", "handling_code", "body.uscc":
		return true
	}
	return false
}
