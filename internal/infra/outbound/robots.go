package outbound

import (
	"strings"
)

// robots are the rules of a site's robots.txt for one agent (RFC 9309).
type robots struct {
	rules []robotRule
	// none forbids everything: the file could not be had, and the site may have
	// wanted to say so (RFC 9309, 2.3.1.4).
	none bool
}

type robotRule struct {
	path  string
	allow bool
}

// parseRobots reads a robots.txt for an agent: the groups that name it count
// together, those of * only if none does. What is not understood is passed over.
func parseRobots(text, agent string) robots {
	var ours, anyones []robotRule
	var named, star bool // what the group that is being read is for
	found := false
	inRules := false
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line, _, _ = strings.Cut(line, "#")
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch key = strings.ToLower(strings.TrimSpace(key)); key {
		case "user-agent":
			if inRules { // a new group begins
				named, star, inRules = false, false, false
			}
			if value == "*" {
				star = true
			} else if strings.EqualFold(productToken(value), agent) {
				named, found = true, true
			}
		case "allow", "disallow":
			inRules = true
			if value == "" {
				continue // an empty rule matches nothing
			}
			r := robotRule{value, key == "allow"}
			if named {
				ours = append(ours, r)
			}
			if star {
				anyones = append(anyones, r)
			}
		}
	}
	if found {
		return robots{rules: ours}
	}
	return robots{rules: anyones}
}

// productToken is the name without a version: onevisit/1.0 is onevisit.
func productToken(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}); i >= 0 {
		return s[:i]
	}
	return s
}

// allows judges a path with its query: the longest rule that matches decides,
// allow before disallow (RFC 9309, 2.2.2).
func (r robots) allows(path string) bool {
	if r.none {
		return false
	}
	best, allow := -1, true
	for _, x := range r.rules {
		if n := len(x.path); (n > best || n == best && x.allow) && matchRobot(x.path, path) {
			best, allow = n, x.allow
		}
	}
	return allow
}

// matchRobot reports whether a path begins as a pattern says; * is any run of
// characters and $ at the end is the end of the path.
func matchRobot(pattern, path string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(path, parts[0]) {
		return false
	}
	rest := path[len(parts[0]):]
	for i, p := range parts[1:] {
		if whole && i == len(parts)-2 {
			return strings.HasSuffix(rest, p)
		}
		_, after, ok := strings.Cut(rest, p) // the first place leaves the most for the rest
		if !ok {
			return false
		}
		rest = after
	}
	return !whole || rest == ""
}
