// Package draw makes the program's pictures: SVG made on the server, which
// prints, scales and needs no script. The colours are those of the pages
// (internal/server/web/ui/assets/tokens.css), written out so that a picture
// also stands alone in a document.
package draw

import (
	"encoding/xml"
	"fmt"
	"strings"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

const (
	ink, grey, line, tint, paper   = "#1b232d", "#47525e", "#cdd4db", "#f3f5f7", "#ffffff"
	blue, blueTint, pin, pinTint   = "#1c4470", "#e8eff6", "#9b1b23", "#fbeceb"
	face                           = `'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Source Han Sans SC',sans-serif`
	head, column, box, lane        = 72, 132, 112, 92 // pixels: lane heads, step columns, boxes, lane height
	lineHeight, textSize, boxLines = 18, 14, 3
)

// The lanes from top to bottom.
const (
	applicant = iota
	window
	office
	others
)

var laneNames = [...]string{"申请人", "窗口", "股室", "其他单位"}

// laneOf says who carries out a step: the applicant, the window, an office of
// the item's own unit, or somebody else.
func laneOf(it *catalog.Item, s *catalog.Step) int {
	if s.Unit != "" && s.Unit != it.Unit && s.Unit != it.Body.Name {
		return others
	}
	switch s.Kind {
	case "申请":
		return applicant
	case "收件", "受理", "送达":
		return window
	}
	return office
}

// Lanes draws a process as swim lanes: steps from left to right, each in the
// lane of whoever carries it out, with a pin where the applicant has to come.
// The pins are the trips of the assessment, which bundle what one visit
// settles. Dashed lines part what follows only after waiting.
func Lanes(it *catalog.Item, p *catalog.Process, a visit.Assessment) string {
	if p == nil || len(p.Steps) == 0 {
		return ""
	}
	at := make(map[string]int, len(p.Steps))
	var used [len(laneNames)]bool
	used[applicant] = true
	for i := range p.Steps {
		at[p.Steps[i].ID] = i
		used[laneOf(it, &p.Steps[i])] = true
	}
	var top [len(laneNames)]int
	height := 0
	for l := range laneNames {
		if top[l] = height; used[l] {
			height += lane
		}
	}
	width := head + column*len(p.Steps) + 8
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="lanes" xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="%s" font-size="%d">`,
		width, height, width, height, escape(describe(p, a)), face, textSize)
	for l, name := range laneNames {
		if !used[l] {
			continue
		}
		fill := paper
		if l == applicant {
			fill = tint
		}
		fmt.Fprintf(&b, `<rect x="0" y="%d" width="%d" height="%d" fill="%s" stroke="%s"/>`, top[l], width, lane, fill, line)
		text(&b, 10, top[l]+lane/2+5, "start", grey, name)
	}
	mid := func(i int) int { return head + column*i + column/2 }
	waits := false // since the last step that begins a group
	for i := range p.Steps {
		s := &p.Steps[i]
		y := top[laneOf(it, s)] + lane/2
		if i > 0 {
			prev := top[laneOf(it, &p.Steps[i-1])] + lane/2
			x0, x1, xm := mid(i-1)+box/2, mid(i)-box/2, mid(i)-column/2
			if s.With == "" {
				fmt.Fprintf(&b, `<path d="M%d %dH%dV%dH%d" fill="none" stroke="%s" stroke-width="1.5"/><path d="M%d %dl-6 -4v8z" fill="%s"/>`, x0, prev, xm, y, x1, grey, x1, y, grey)
			} else { // side by side: no order between them
				fmt.Fprintf(&b, `<path d="M%d %dH%dV%dH%d" fill="none" stroke="%s" stroke-width="1.5" stroke-dasharray="2 3"/>`, x0, prev, xm, y, x1, grey)
			}
			if waits && s.With == "" {
				waits = false
				fmt.Fprintf(&b, `<path d="M%d 0V%d" stroke="%s" stroke-dasharray="6 5"/>`, xm, height, grey)
			}
		}
		waits = waits || s.Waits
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		name := s.Name
		if name == "" {
			name = s.Kind
		}
		lines := wrap(name, box-12, boxLines-1)
		if d := days(s); d != "" {
			lines = append(lines, d)
		}
		y := top[laneOf(it, s)] + lane/2
		fmt.Fprintf(&b, `<g><title>%s</title><rect x="%d" y="%d" width="%d" height="%d" rx="4" fill="%s" stroke="%s"/>`,
			escape(tip(s)), mid(i)-box/2, y-32, box, 64, blueTint, blue)
		for k, t := range lines {
			color := ink
			if k == len(lines)-1 && days(s) != "" {
				color = grey
			}
			text(&b, mid(i), y+5+k*lineHeight-(len(lines)-1)*lineHeight/2, "middle", color, t)
		}
		b.WriteString(`</g>`)
	}
	for n, t := range a.Trips {
		col := len(p.Steps) - 1 // where the trip must have been made at the latest
		for _, tp := range p.Touchpoints {
			if _, ok := t.Reasons[tp.ID]; ok {
				col = min(col, at[tp.To])
			}
		}
		x, y := mid(col), top[applicant]+24
		if to := laneOf(it, &p.Steps[col]); to != applicant {
			fmt.Fprintf(&b, `<path d="M%d %dV%d" stroke="%s" stroke-width="1.5" stroke-dasharray="3 3"/>`, x, y+14, top[to]+lane/2-32, pin)
		} else {
			x += box/2 - 10
		}
		fmt.Fprintf(&b, `<g><title>%s</title><path d="M%d %dc-11 -13 -14 -17 -14 -23a14 14 0 0 1 28 0c0 6 -3 10 -14 23z" fill="%s"/>`, escape(fmt.Sprintf("第 %d 次上门，%s", n+1, t)), x, y+22, pin)
		text(&b, x, y+4, "middle", paper, fmt.Sprint(n+1))
		for k, l := range wrap(t.PlaceName, box/2+46, 2) {
			halo(&b, x, y+38+k*(lineHeight-3), l)
		}
		b.WriteString(`</g>`)
	}
	b.WriteString(`</svg>`)
	return b.String()
}

// describe says the picture in words, for those who do not see it.
func describe(p *catalog.Process, a visit.Assessment) string {
	parts := make([]string, 0, len(p.Steps))
	for i := range p.Steps {
		parts = append(parts, tip(&p.Steps[i]))
	}
	s := "办理流程：" + strings.Join(parts, "，然后") + "。申请人上门 " + fmt.Sprint(a.Visits) + " 次。"
	for n, t := range a.Trips {
		s += fmt.Sprintf("第 %d 次%s。", n+1, t)
	}
	return s
}

func tip(s *catalog.Step) string {
	name := s.Name
	if name == "" {
		name = s.Kind
	}
	if s.Unit != "" {
		name = s.Unit + name
	}
	if d := days(s); d != "" {
		name += "（" + d + "）"
	}
	return name
}

func days(s *catalog.Step) string {
	switch {
	case s.Days > 0:
		return fmt.Sprintf("%g 个工作日", s.Days)
	case !s.Waits:
		return "当场"
	}
	return ""
}

func text(b *strings.Builder, x, y int, anchor, color, s string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="%s" fill="%s">%s</text>`, x, y, anchor, color, escape(s))
}

// halo writes small text that stays legible over lines.
func halo(b *strings.Builder, x, y int, s string) {
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="12" fill="%s" stroke="%s" stroke-width="3" paint-order="stroke">%s</text>`, x, y, pin, pinTint, escape(s))
}

// wrap breaks a text into lines of a width in pixels, at most n; what does not
// fit ends in an ellipsis. Han characters are as wide as they are high, others
// about half.
func wrap(s string, width, n int) []string {
	var lines []string
	cur, w := []rune{}, 0
	for _, r := range strings.TrimSpace(s) {
		rw := textSize
		if r < 0x2e80 {
			rw = textSize * 5 / 9
		}
		if w+rw > width {
			if len(lines) == n-1 {
				cur[len(cur)-1] = '…'
				return append(lines, string(cur))
			}
			lines = append(lines, string(cur))
			cur, w = cur[:0], 0
		}
		cur, w = append(cur, r), w+rw
	}
	if last := len(lines) - 1; len(cur) == 1 && last >= 0 { // no character stands alone
		before := []rune(lines[last])
		lines[last] = string(before[:len(before)-1])
		cur = append(before[len(before)-1:], cur...)
	}
	if len(cur) > 0 {
		lines = append(lines, string(cur))
	}
	return lines
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
