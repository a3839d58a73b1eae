package api

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"onevisit/internal/domain/fault"
	"onevisit/internal/server"
)

// Bounds of what a request may cost.
const (
	maxBody    = 4 << 20 // bytes of a JSON body, as of a form of the pages
	maxCompute = 1 << 20 // bytes of what anybody may have computed
	maxPlaces  = 50      // messages about one body: a hopeless one is told from the first
	pageLimit  = 20
	maxLimit   = 100
)

// query checks the parameters of an address: none that the operation does not
// know, and each once unless it is in many.
func (q *request) query(many []string, once ...string) (url.Values, error) {
	v, err := url.ParseQuery(q.URL.RawQuery)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "地址中的参数不能解读，请按 UTF-8 作百分号编码。")
	}
	e := fault.Invalidf("地址中的参数有误，请按提示更正。")
	for name, values := range v {
		switch {
		case slices.Contains(many, name):
		case !slices.Contains(once, name):
			e.At("query."+name, "没有这个参数，可用：%s", strings.Join(slices.Concat(many, once), "、"))
		case len(values) > 1:
			e.At("query."+name, "只能给出一次")
		}
	}
	return v, e.OrNil()
}

// number reads a whole number of the address between lo and hi.
func number(v url.Values, name string, def, lo, hi int) (int, error) {
	if v.Get(name) == "" {
		return def, nil
	}
	n, err := strconv.Atoi(v.Get(name))
	if err != nil || n < lo || n > hi {
		return 0, badQuery(name, "应是 %d 到 %d 的整数", lo, hi)
	}
	return n, nil
}

// limit is how many records a page has.
func limit(v url.Values) (int, error) { return number(v, "limit", pageLimit, 1, maxLimit) }

// flag reads a yes or no of the address.
func flag(v url.Values, name string) (bool, error) {
	switch v.Get(name) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, badQuery(name, "应是 true 或 false")
}

func badQuery(name, format string, args ...any) error {
	return fault.Invalidf("地址中的参数有误，请按提示更正。").At("query."+name, format, args...)
}

// body reads a JSON body of bounded size.
func (q *request) body(limit int64) ([]byte, error) {
	media, params, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || media != "application/json" || params["charset"] != "" && !strings.EqualFold(params["charset"], "utf-8") {
		return nil, server.WithStatus(http.StatusUnsupportedMediaType, fault.Invalidf("请求的内容应是 UTF-8 的 JSON：请求头 Content-Type 应为 application/json。"))
	}
	if enc := q.Header.Get("Content-Encoding"); enc != "" && enc != "identity" {
		return nil, server.WithStatus(http.StatusUnsupportedMediaType, fault.Invalidf("请求的内容不能压缩（Content-Encoding: %s）。", enc))
	}
	data, err := io.ReadAll(http.MaxBytesReader(q.w, q.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, server.WithStatus(http.StatusRequestEntityTooLarge, fault.Invalidf("请求的内容超过 %d MB。", limit>>20))
	}
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "请求的内容没有收完整，请重试。")
	}
	return data, nil
}

// decode reads a JSON body into v, which points to a struct, and refuses what
// the struct does not know: every unknown, doubled or mistyped key is named with
// its place.
func (q *request) decode(limit int64, v any) error {
	data, err := q.body(limit)
	if err != nil {
		return err
	}
	return decodeStrict(data, v)
}

func decodeStrict(data []byte, v any) error {
	e := fault.Invalidf("请求的内容有误，请按提示更正。")
	if !utf8.Valid(data) {
		return e.At("body", "不是 UTF-8 编码")
	}
	c := &checker{dec: json.NewDecoder(bytes.NewReader(data)), e: e}
	c.dec.UseNumber()
	err := c.value(reflect.TypeOf(v).Elem(), "")
	if err == nil {
		if _, err = c.dec.Token(); errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("text after the document")
		}
	}
	if err != nil {
		line := 1 + bytes.Count(data[:min(int(c.dec.InputOffset()), len(data))], []byte("\n"))
		return fault.Wrap(fault.Invalid, err, "请求的内容不是完整的 JSON（第 %d 行附近），请检查括号、引号和逗号。", line)
	}
	if err := e.OrNil(); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fault.Wrap(fault.Invalid, err, "请求的内容有误，请对照 /api/openapi.yaml 检查。")
	}
	return nil
}

// checker walks a JSON text beside the type that is to hold it.
type checker struct {
	dec *json.Decoder
	e   *fault.Error
}

var (
	jsonType = reflect.TypeFor[json.Unmarshaler]()
	textType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (c *checker) bad(path, format string, args ...any) {
	if path == "" {
		path = "body"
	}
	if len(c.e.Fields) < maxPlaces {
		c.e.At(path, format, args...)
	}
}

// value checks the next value. The error is one of syntax; what does not fit is
// gathered.
func (c *checker) value(t reflect.Type, path string) error {
	null := false
	for t.Kind() == reflect.Pointer {
		t, null = t.Elem(), true
	}
	if reflect.PointerTo(t).Implements(jsonType) || t.Kind() == reflect.Interface {
		var raw json.RawMessage // reads itself
		return c.dec.Decode(&raw)
	}
	tok, err := c.dec.Token()
	if err != nil {
		return err
	}
	switch tok := tok.(type) {
	case nil:
		if k := t.Kind(); !null && k != reflect.Slice && k != reflect.Map {
			c.bad(path, "不能是 null")
		}
		return nil
	case json.Delim:
		switch {
		case tok == '{' && t.Kind() == reflect.Struct:
			return c.object(path, func(key string) (reflect.Type, bool) { return fieldOf(t, key) })
		case tok == '{' && t.Kind() == reflect.Map:
			return c.object(path, func(string) (reflect.Type, bool) { return t.Elem(), true })
		case tok == '[' && t.Kind() == reflect.Slice:
			for i := 0; c.dec.More(); i++ {
				if err := c.value(t.Elem(), fmt.Sprintf("%s[%d]", path, i)); err != nil {
					return err
				}
			}
			_, err := c.dec.Token()
			return err
		}
		c.bad(path, "应是%s", wanted(t))
		return c.skip()
	case json.Number:
		if !fits(t, tok) {
			c.bad(path, "应是%s", wanted(t))
		}
	case string:
		if t.Kind() != reflect.String && !reflect.PointerTo(t).Implements(textType) {
			c.bad(path, "应是%s", wanted(t))
		}
	case bool:
		if t.Kind() != reflect.Bool {
			c.bad(path, "应是%s", wanted(t))
		}
	}
	return nil
}

// object checks the members of an object whose brace has been read.
func (c *checker) object(path string, member func(string) (reflect.Type, bool)) error {
	seen := map[string]bool{}
	for c.dec.More() {
		tok, err := c.dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string) // a member begins with its key
		at := key
		if path != "" {
			at = path + "." + key
		}
		if seen[key] {
			c.bad(at, "重复出现")
		}
		seen[key] = true
		t, ok := member(key)
		if !ok {
			c.bad(at, "不认识的键“%s”", key)
			t = reflect.TypeFor[any]()
		}
		if err := c.value(t, at); err != nil {
			return err
		}
	}
	_, err := c.dec.Token()
	return err
}

// skip reads to the end of the object or list that was opened last.
func (c *checker) skip() error {
	for depth := 1; depth > 0; {
		tok, err := c.dec.Token()
		if err != nil {
			return err
		}
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return nil
}

// fieldOf finds the type of the member that a key names, letter by letter.
func fieldOf(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == key && name != "-" {
			return f.Type, true
		}
	}
	return nil, false
}

func fits(t reflect.Type, n json.Number) bool {
	switch t.Kind() {
	case reflect.Int, reflect.Int64:
		_, err := n.Int64()
		return err == nil
	case reflect.Float64:
		_, err := n.Float64()
		return err == nil
	}
	return false
}

// wanted says in Chinese what a type is written as.
func wanted(t reflect.Type) string {
	switch {
	case reflect.PointerTo(t).Implements(textType), t.Kind() == reflect.String:
		return "文字"
	case t.Kind() == reflect.Bool:
		return " true 或 false"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "整数"
	case t.Kind() == reflect.Float64:
		return "数字"
	case t.Kind() == reflect.Slice:
		return "列表"
	}
	return "对象"
}
