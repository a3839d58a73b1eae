package ui

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance is the relative luminance of #rrggbb (WCAG 2.1).
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is not #rrggbb", colour)
	}
	part := func(c uint64) float64 {
		x := float64(c&255) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*part(v>>16) + 0.7152*part(v>>8) + 0.0722*part(v)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func elderTokens(t *testing.T) map[string]string {
	t.Helper()
	sheet := read("tokens.css")
	out, err := parseTokens(sheet)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(sheet, "html.elder {")
	if !ok {
		t.Fatal("no elder block")
	}
	body, _, _ := strings.Cut(rest, "}")
	for _, m := range tokenRule.FindAllStringSubmatch(body, -1) {
		if out[m[1]] == "" {
			t.Errorf("elder token %s has no plain value", m[1])
		}
		out[m[1]] = m[2]
	}
	return out
}

func TestContrast(t *testing.T) {
	if c := contrast(t, "#000000", "#ffffff"); math.Abs(c-21) > 1e-9 {
		t.Fatalf("black on white is %v, want 21", c)
	}
	if c := contrast(t, "#777777", "#ffffff"); math.Abs(c-4.48) > 0.01 {
		t.Fatalf("#777 on white is %v, want 4.48", c)
	}
	plain, err := parseTokens(read("tokens.css"))
	if err != nil {
		t.Fatal(err)
	}
	elder := elderTokens(t)
	value := func(tokens map[string]string, name string) string {
		if strings.HasPrefix(name, "#") {
			return name
		}
		if tokens[name] == "" {
			t.Fatalf("no token %q", name)
		}
		return tokens[name]
	}
	// Text on ground, as the sheet uses them.
	pairs := [][2]string{
		{"ink", "paper"}, {"ink", "tint"}, {"ink", "blue-tint"}, {"ink", "green-tint"}, {"ink", "amber-tint"}, {"ink", "red-tint"},
		{"grey", "paper"}, {"grey", "tint"}, {"grey", "blue-tint"},
		{"blue", "paper"}, {"blue", "tint"}, {"blue", "blue-tint"}, {"blue-dark", "paper"}, {"blue-dark", "blue-tint"},
		{"blue", "green-tint"}, {"blue", "amber-tint"}, {"blue", "red-tint"},
		{"green", "paper"}, {"green", "green-tint"}, {"green", "blue-tint"}, {"red", "paper"}, {"red", "red-tint"}, {"red", "blue-tint"},
		{"amber", "paper"}, {"amber", "amber-tint"}, {"amber", "blue-tint"},
		{"#ffffff", "blue"}, {"#ffffff", "blue-dark"}, {"#ffffff", "green"}, {"#ffffff", "red"}, {"#ffffff", "grey"}, {"#ffffff", "#74131a"},
		{"#2b1c00", "amber-mark"},
	}
	for _, p := range pairs {
		if c := contrast(t, value(plain, p[0]), value(plain, p[1])); c < 4.5 {
			t.Errorf("%s on %s: %.2f, want 4.5", p[0], p[1], c)
		}
		if c := contrast(t, value(elder, p[0]), value(elder, p[1])); c < 7 {
			t.Errorf("elder mode: %s on %s: %.2f, want 7", p[0], p[1], c)
		}
	}
	// Edges of controls and marks (WCAG 1.4.11).
	for _, tokens := range []map[string]string{plain, elder} {
		for _, p := range [][2]string{{"edge", "paper"}, {"edge", "tint"}} {
			if c := contrast(t, value(tokens, p[0]), value(tokens, p[1])); c < 3 {
				t.Errorf("%s on %s: %.2f, want 3", p[0], p[1], c)
			}
		}
	}
}

// TestColoursAreTokens lets no colour into the sheets that the contrasts above
// do not know.
func TestColoursAreTokens(t *testing.T) {
	known := map[string]bool{"#ffffff": true, "#74131a": true, "#2b1c00": true, // computed above
		"#8fd6a8": true, "#2c5c8f": true} // the mark
	for _, c := range regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`).FindAllString(read("app.css"), -1) {
		if !known[c] {
			t.Errorf("app.css uses %s; add a token or a pair", c)
		}
	}
}

// TestSheetsSuitOldBrowsers looks for what IE 11 or Chromium 69 would drop.
func TestSheetsSuitOldBrowsers(t *testing.T) {
	newer := regexp.MustCompile(`:has\(|:is\(|:where\(|:focus-visible|:focus-within|\binset\s*:|clamp\(|[^-]\bmin\(|[^-]\bmax\(|aspect-ratio|@container|@layer|(^|[;{\s])(row-|column-)?gap\s*:|display:\s*grid|-inline-start|-inline-end|&|color-mix|\bdvh\b`)
	for _, name := range []string{"tokens.css", "app.css", "print.css"} {
		sheet := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(read(name), "")
		if m := newer.FindString(sheet); m != "" {
			t.Errorf("%s uses %q", name, m)
		}
		if strings.Count(sheet, "{") != strings.Count(sheet, "}") {
			t.Errorf("%s: braces do not match", name)
		}
		if regexp.MustCompile(`[^;{}\s]\s*\}`).MatchString(sheet) {
			t.Errorf("%s: a declaration lacks its semicolon", name)
		}
		depth := 0
		for _, r := range sheet {
			switch r {
			case '{':
				depth++
			case '}':
				depth--
			}
			if depth > 2 || depth < 0 {
				t.Fatalf("%s: rules are nested", name)
			}
		}
	}
}

// TestScriptsSuitIE11 looks for syntax after ECMAScript 5 and for what IE 11 has no
// function for.
func TestScriptsSuitIE11(t *testing.T) {
	newer := regexp.MustCompile(`=>|\b(let|const|class|async|await|yield|of)\b\s+[\w$\[{(]|` + "`" + `|\.\.\.|\?\.|\?\?|\*\*|\bfunction\s*\w*\([^)]*=|` +
		`\.(includes|closest|matches|remove|append|prepend|replaceWith|startsWith|endsWith|padStart|repeat|find|findIndex|fill|flat|flatMap|at|toggleAttribute|replaceChildren)\(|` +
		`\b(Array\.from|Array\.of|Object\.(assign|entries|values)|Number\.isInteger|Promise|fetch|URLSearchParams|new URL|new Event|new CustomEvent|Map|Set|Symbol|WeakMap|IntersectionObserver|ResizeObserver)\b\s*\(|NodeList\.prototype|querySelectorAll\([^)]*\)\.forEach`)
	for _, name := range []string{"app.js", "site.js"} {
		script := regexp.MustCompile(`(?m)/\*(?s:.*?)\*/|(^|\s)//.*$|"(?:[^"\\\n]|\\.)*"`).ReplaceAllString(read(name), "$1")
		script = regexp.MustCompile(`([(=,]\s*)/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n])+/`).ReplaceAllString(script, "$1") // patterns
		if m := newer.FindString(script); m != "" {
			t.Errorf("%s uses %q, which IE 11 does not know", name, m)
		}
	}
	for _, bad := range []string{"var f = a => a;", "let x = 1;", "for (x of y) {}", "a.includes(b)", "a?.b", "fetch(u)", "new Event(e)", "function f(a = 1) {}", "f(...a)"} {
		if !newer.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
}

func TestEveryTokenHasAPlainFallback(t *testing.T) {
	for _, name := range []string{"app.css", "print.css"} {
		served := string(byName[name].plain)
		for _, m := range regexp.MustCompile(`([a-z-]+)\s*:[^;{}]*var\(--[^;{}]*;`).FindAllStringIndex(served, -1) {
			d := served[m[0]:m[1]]
			prop, _, _ := strings.Cut(d, ":")
			before := served[strings.LastIndexAny(served[:m[0]-1], ";{")+1 : m[0]]
			if !strings.HasPrefix(strings.TrimSpace(before), strings.TrimSpace(prop)+":") || strings.Contains(before, "var(") {
				t.Errorf("%s: %q stands after %q", name, d, before)
			}
		}
	}
	got, err := withFallbacks("a { color: var(--x); margin: 0 var(--y) var(--x); }", map[string]string{"x": "#123456", "y": "4px"})
	if want := "a { color: #123456;color: var(--x); margin: 0 4px #123456;margin: 0 var(--y) var(--x); }"; err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := withFallbacks("a { color: var(--nothing); }", nil); err == nil {
		t.Error("an unknown token passes")
	}
}
