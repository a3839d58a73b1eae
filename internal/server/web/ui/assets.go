package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"

	"onevisit/internal/server"
)

//go:embed assets
var embedded embed.FS

// asset is one file as it is served.
type asset struct {
	name    string // "app.css"
	href    string // "/assets/app.1a2b3c4d5e6f.css"
	mime    string
	plain   []byte
	gzipped []byte // nil if compression gains nothing
}

var (
	byName = map[string]*asset{}
	byHref = map[string]*asset{}
)

// The files are part of the program; one that cannot be read or styled is a
// defect of the build, found by the first test, and not a state to run in.
func init() {
	tokens := read("tokens.css")
	values, err := parseTokens(tokens)
	if err != nil {
		panic(err)
	}
	for name, sheet := range map[string]string{
		"app.css":   tokens + read("app.css"),
		"print.css": read("print.css"),
		"embed.css": tokens + read("embed.css"),
	} {
		text, err := withFallbacks(sheet, values)
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		add(name, "text/css; charset=utf-8", []byte(text))
	}
	add("app.js", "text/javascript; charset=utf-8", []byte(read("app.js")))
	add("site.js", "text/javascript; charset=utf-8", []byte(read("site.js")))
	add("favicon.svg", "image/svg+xml", []byte(read("favicon.svg")))
}

func read(name string) string {
	b, err := embedded.ReadFile("assets/" + name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func add(name, mime string, data []byte) {
	sum := sha256.Sum256(data)
	ext := path.Ext(name)
	a := &asset{name: name, mime: mime, plain: data,
		href: "/assets/" + strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:6]) + ext}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is valid
	_, _ = z.Write(data)                                  // a buffer takes everything
	_ = z.Close()
	if b.Len() < len(data) {
		a.gzipped = b.Bytes()
	}
	byName[name], byHref[a.href] = a, a
}

// Href is the address of a static file ("app.css"), which changes with its
// content. It panics for a name that does not exist: a typing error in a page.
func Href(name string) string {
	a := byName[name]
	if a == nil {
		panic("ui: no asset named " + name)
	}
	return a.href
}

// Asset is the content of a static file, for a site of files. It panics for a
// name that does not exist.
func Asset(name string) []byte {
	Href(name)
	return byName[name].plain
}

// Handler serves the static files below /assets/. An address names its content,
// so it may be kept for ever; any other address is not found, even an old one.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := byHref[r.URL.Path]
		if a == nil {
			http.NotFound(w, r)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		etag := `"` + strings.Split(a.href, ".")[1] + `"`
		body := a.plain
		if a.gzipped != nil {
			h.Add("Vary", "Accept-Encoding")
			if server.AcceptsGzip(r.Header.Get("Accept-Encoding")) {
				h.Set("Content-Encoding", "gzip")
				body, etag = a.gzipped, strings.TrimSuffix(etag, `"`)+`-gz"`
			}
		}
		h.Set("Content-Type", a.mime)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			h.Del("Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodHead {
			return
		}
		_, _ = w.Write(body) // the reader is gone if it fails
	})
}

var (
	tokenRule = regexp.MustCompile(`(?m)^\s*--([a-z0-9-]+):\s*([^;]+);`)
	tokenUse  = regexp.MustCompile(`var\(--([a-z0-9-]+)\)`)
	// A declaration on its own or after another one in a line; strings and
	// data URLs in the sheets hold no semicolons, which a test makes sure of.
	declaration = regexp.MustCompile(`([a-z-]+)\s*:\s*([^:;{}]*var\(--[^;{}]*);`)
)

// parseTokens reads the values of the first :root block of the token sheet.
func parseTokens(sheet string) (map[string]string, error) {
	_, rest, ok := strings.Cut(sheet, ":root {")
	body, _, closed := strings.Cut(rest, "}")
	if !ok || !closed {
		return nil, fmt.Errorf("tokens.css has no :root block")
	}
	out := map[string]string{}
	for _, m := range tokenRule.FindAllStringSubmatch(body, -1) {
		out[m[1]] = strings.TrimSpace(m[2])
	}
	return out, nil
}

// withFallbacks writes before each declaration that uses tokens the same one
// with their plain values, for IE 11, which knows no custom properties and
// takes the first; every other browser takes the second.
func withFallbacks(sheet string, values map[string]string) (string, error) {
	var unknown error
	out := declaration.ReplaceAllStringFunc(sheet, func(d string) string {
		plain := tokenUse.ReplaceAllStringFunc(d, func(u string) string {
			v, ok := values[tokenUse.FindStringSubmatch(u)[1]]
			if !ok {
				unknown = fmt.Errorf("%s is not in tokens.css", u)
			}
			return v
		})
		return plain + d
	})
	return out, unknown
}
