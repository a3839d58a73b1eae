package paper

import (
	"regexp"
	"strings"
)

// What PDF and Word share: where text stands on the page, how columns share a
// table's width, how signatures and titles are arranged.

// frame is a page and its text, in millimetres.
type frame struct {
	width, height            float64
	top, left, right, bottom float64 // margins
}

func (f frame) textWidth() float64 { return f.width - f.left - f.right }
func (f frame) textDepth() float64 { return f.height - f.top - f.bottom }

// frames by style. Official papers keep GB/T 9704-2012, 5.2: 37 mm above, 28 mm
// on the left, and a text of 156 mm by 225 mm; other papers hold more, and leave
// room on the left for binding all the same.
var frames = map[Style]frame{
	Official: {210, 297, 37, 28, 26, 35},
	Plain:    {210, 297, 22, 27, 23, 25},
	Poster:   {210, 297, 20, 18, 18, 22},
}

// frame is that of the pages of the document; broad pages are turned, with the
// head of their tables to the binding edge and their left to the foot of the
// upright ones (7.6).
func (d *Doc) frame(broad bool) frame {
	f := frames[d.Style]
	if broad {
		f = frame{f.height, f.width, f.left, f.bottom, f.top, f.right}
	}
	k := d.Size.scale()
	return frame{f.width * k, f.height * k, f.top * k, f.left * k, f.right * k, f.bottom * k}
}

// headSize is the size of the red head, in points: as large as one line holds,
// up to 48 pt.
func headSize(text string, width float64) float64 {
	return max(22, min(48, width*0.88/max(1, float64(units(text))/2)))
}

// cellWidth is how much of a line a character takes in official papers, in
// points: 28 fill it.
var cellWidth = frames[Official].textWidth() * mm / 28

// columns shares a width in twentieths of a point out among the columns of
// tables with one head: each gets what its longest cell asks for if all can; else
// the short ones do, and the others share the rest so that the tables take as few
// lines as can be. measure gives the width of a text in points.
func columns(tables [][][]string, total int, measure func(text string, head bool) float64) []int {
	n := len(tables[0][0])
	ask, heads := make([]int, n), make([]int, n)
	var rows [][][]int // by row and column: how wide each line is
	for _, t := range tables {
		for k, r := range t {
			row := make([][]int, n)
			for c := 0; c < n && c < len(r); c++ {
				for line := range strings.SplitSeq(r[c], string(cellBreak)) {
					w := int(measure(line, k == 0)*20) + 1
					row[c] = append(row[c], w)
					ask[c] = max(ask[c], w)
					if k == 0 {
						heads[c] = max(heads[c], w+cellTwips)
					}
				}
			}
			rows = append(rows, row)
		}
	}
	out := make([]int, n)
	sum, square, widest := 0, 0, 0
	for c := range ask {
		ask[c] += cellTwips
		sum += ask[c]
		square += ask[c] * ask[c]
		if ask[c] > ask[widest] {
			widest = c
		}
	}
	if sum <= total { // what is left over goes to the longer ones above all
		left := total - sum
		for c := range out {
			more := (total - sum) * ask[c] / square * ask[c]
			out[c] = ask[c] + more
			left -= more
		}
		out[widest] += left
		return out
	}
	rest, open := total, n
	for again := true; again; {
		again = false
		for c := range out {
			if out[c] == 0 && ask[c] <= max(rest/open, shortCell) && open > 1 {
				out[c], again = ask[c], true
				rest -= ask[c]
				open--
			}
		}
	}
	parts := 0
	for c := range out {
		if out[c] == 0 {
			ask[c] = min(ask[c], total)
			parts += ask[c]
		}
	}
	left, last := rest, 0
	for c := range out {
		if out[c] == 0 {
			out[c] = rest * ask[c] / parts
			left -= out[c]
			last = c
		}
	}
	out[last] += left
	least := make([]int, n)
	for c := range out {
		if least[c] = ask[c]; ask[c] > shortCell {
			least[c] = max(heads[c], shortCell)
		}
		least[c] = min(least[c], total/n)
	}
	for c := range out { // a head is not broken while another column has room
		for d := range out {
			if more := min(least[c]-out[c], out[d]-least[d]); more > 0 {
				out[c], out[d] = out[c]+more, out[d]-more
			}
		}
	}
	share(out, least, rows)
	return out
}

// share moves width between columns, of which none gets narrower than its least,
// while that saves lines.
func share(widths, least []int, rows [][][]int) {
	cost := func() int {
		all := 0
		for _, row := range rows {
			deepest := 0
			for c, lines := range row {
				n, room := 0, max(widths[c]-cellTwips, 1)
				for _, w := range lines {
					if n++; w > room { // half a character is lost at the end of a line
						n += (w - 1) / max(room-105, 1)
					}
				}
				deepest = max(deepest, n)
				all += n
			}
			all += 100 * deepest // above all the table is to be short, then its cells
		}
		return all
	}
	best := cost()
	for again, turns := true, 0; again && turns < 20; turns++ {
		again = false
		for _, step := range [...]int{8 * 210, 4 * 210, 2 * 210, 210} {
			for from := range widths {
				for to := range widths {
					if from == to || widths[from]-step < least[from] {
						continue
					}
					widths[from], widths[to] = widths[from]-step, widths[to]+step
					if now := cost(); now < best {
						best, again = now, true
						continue
					}
					widths[from], widths[to] = widths[from]+step, widths[to]-step
				}
			}
		}
	}
}

// A cell has room beside its text; a column of up to shortCell, seven characters
// of 10.5 pt, is never broken. In twentieths of a point.
const cellTwips, shortCell = 180, 14*107 + cellTwips

// centredColumns are those of short entries, which stand in the middle.
func centredColumns(tables [][][]string) []bool {
	out := make([]bool, len(tables[0][0]))
	for c := range out {
		out[c] = true
		for _, rows := range tables {
			for _, r := range rows[1:] {
				if c < len(r) && units(r[c]) > 12 {
					out[c] = false
				}
			}
		}
	}
	return out
}

// alike are the tables of the document with the head of the one at i, so that
// their columns stand below each other.
func (d *Doc) alike(i int) [][][]string {
	head := strings.Join(d.Blocks[i].Rows[0], "|")
	out := [][][]string{d.Blocks[i].Rows}
	// Guides of a booklet are apart from each other: the neighbours are enough.
	for _, step := range [...]int{-1, 1} {
		for j := i + step; j >= 0 && j < len(d.Blocks) && d.Blocks[j].Kind != Title && d.Blocks[j].Kind != Part; j += step {
			if b := d.Blocks[j]; b.Kind == Table && strings.Join(b.Rows[0], "|") == head {
				out = append(out, b.Rows)
			}
		}
	}
	return out
}

// units measures a text: two for a Han character or mark, one for others.
func units(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x2e80 || strings.ContainsRune("“”‘’—…·", r) { // set full width
			n++
		}
	}
	return n
}

// signed is a line of a signature: its text, and how far its end is from the
// right margin or its beginning from the left, in characters.
type signed struct {
	text        string
	right, left float64 // left if it is above 0
}

var aDate = regexp.MustCompile(`年.*月.*日$`)

// sealRoom is how far apart the middles of two names stand at least, in
// characters of 5.6 mm: seals of 42 mm may not touch.
const sealRoom = 9

// arrange places the lines of a signature as 7.3.5 of GB/T 9704-2012 has it: the
// date four characters from the right, the body above it in the middle of the
// date, so that the seal covers both; several bodies beside each other, each with
// room for its seal. Lines with a label (签名：) begin below each other. width
// measures in characters, of which room stand in a line.
func arrange(lines []string, room float64, width func(string) float64) []signed {
	const indent = 4
	lines = fold(lines, room, width)
	last := len(lines) - 1
	dated := aDate.MatchString(lines[last])
	for _, l := range lines {
		if strings.Contains(l, "：") {
			dated = false
		}
	}
	out := make([]signed, 0, len(lines))
	if !dated {
		widest := 0.0
		for _, l := range lines {
			widest = max(widest, width(l))
		}
		labelled := len(lines) > 1
		for _, l := range lines {
			if labelled {
				out = append(out, signed{text: l, left: max(0.01, room-widest-indent)})
			} else {
				out = append(out, signed{text: l, right: min(indent, max(0, room-widest))})
			}
		}
		return out
	}
	for i := 0; i < last; {
		row, end := lines[i], lines[i]
		for i++; i < last; i++ {
			gap := max(2, sealRoom-(width(end)+width(lines[i]))/2)
			next := row + strings.Repeat("　", int(gap+0.5)) + lines[i]
			if width(next) > room-indent {
				break
			}
			row, end = next, lines[i]
		}
		// The last name of the row stands over the date.
		out = append(out, signed{text: row, right: indent + (width(lines[last])-width(end))/2})
	}
	out = append(out, signed{text: lines[last], right: indent})
	push := 0.0 // a body that is longer than the line allows moves the date
	for _, s := range out {
		push = max(push, -s.right)
	}
	for i := range out {
		out[i].right += push
	}
	return out
}

// fold breaks lines that are wider than the room.
func fold(lines []string, room float64, width func(string) float64) (out []string) {
	for _, l := range lines {
		for width(l) > room {
			end := 0
			for i := range l {
				if width(l[:i]) > room {
					break
				}
				end = i
			}
			if end == 0 { // a character wider than the room
				break
			}
			out = append(out, l[:end])
			l = l[end:]
		}
		out = append(out, l)
	}
	return out
}
