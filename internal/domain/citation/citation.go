package citation

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Citation is one place in one norm. Article, Paragraph (款), Item (项),
// Subitem (目) and Section (章, 节, 点) are Arabic figures ("42", "120之1"; a
// section with its unit, "3章"). Title is as written, without the outer marks.
type Citation struct {
	Title     string `json:"title"`
	Number    string `json:"number"`
	Article   string `json:"article"`
	Paragraph string `json:"paragraph"`
	Item      string `json:"item"`
	Level     Level  `json:"level"`
	Subitem   string `json:"subitem,omitempty"`
	Section   string `json:"section,omitempty"`
}

// String writes the citation as official documents do:
// 《行政许可法》（主席令第7号）第42条第1款第3项.
func (c Citation) String() string {
	var b strings.Builder
	if c.Title != "" {
		b.WriteString("《" + c.Title + "》")
	}
	switch {
	case c.Number != "" && c.Title != "":
		b.WriteString("（" + c.Number + "）")
	case c.Number != "":
		b.WriteString(c.Number)
	}
	if c.Section != "" {
		b.WriteString("第" + c.Section)
	}
	if a, after, cut := strings.Cut(c.Article, "之"); cut {
		b.WriteString("第" + a + "条之" + after)
	} else if c.Article != "" {
		b.WriteString("第" + c.Article + "条")
	}
	for _, p := range [...][2]string{{c.Paragraph, "款"}, {c.Item, "项"}, {c.Subitem, "目"}} {
		if p[0] != "" {
			b.WriteString("第" + p[0] + p[1])
		}
	}
	return b.String()
}

// SameNorm reports that two titles name one norm, with or without
// 中华人民共和国 and marks.
func SameNorm(a, b string) bool {
	trim := func(s string) string {
		s = strings.TrimSpace(s)
		s = strings.TrimSuffix(strings.TrimPrefix(s, "《"), "》")
		return strings.TrimPrefix(s, peopleRepublic)
	}
	return trim(a) == trim(b)
}

// Stop is the first place that hindered reading.
type Stop struct {
	Offset int    `json:"offset"` // in characters, from 0
	Near   string `json:"near"`   // a few characters from there
	Text   string `json:"text"`   // what is wrong and what to do, in Chinese
}

// String is the message with its place, fit for a finding.
func (s *Stop) String() string {
	if s == nil {
		return ""
	}
	if s.Near == "" {
		return fmt.Sprintf("读到第%d个字（结尾）时停下：%s", s.Offset, s.Text)
	}
	return fmt.Sprintf("读到第%d个字“%s”处停下：%s", s.Offset+1, s.Near, s.Text)
}

// Parse gives the citations in a text, in order, several articles of one norm
// as several citations. It gives nil if there is none.
func Parse(text string) []Citation {
	c, _ := Read(text)
	return c
}

// ParseOne gives the first citation, and a stop if there is none or something
// hindered reading.
func ParseOne(text string) (Citation, *Stop) {
	all, stop := Read(text)
	if len(all) == 0 {
		return Citation{}, stop
	}
	return all[0], stop
}

// FromFields reads a basis that is kept in columns: title with or without
// marks, document number, articles. Any of them may be empty or hold more than
// its name says, e.g. several articles.
func FromFields(title, number, article string) ([]Citation, *Stop) {
	title = strings.TrimSpace(title)
	if title != "" && !strings.HasPrefix(title, "《") && (!strings.Contains(title, "《") || hasAnySuffix(title, tails...)) {
		title = "《" + title + "》"
	}
	if number = strings.TrimSpace(number); number != "" && title != "" {
		number = "（" + number + "）"
	}
	return Read(title + number + strings.TrimSpace(article))
}

// Read gives the citations in a text and, if something hindered reading, the
// first place where it did. A basis is readable if there is a citation and no
// stop. The text after a citation is not judged.
func Read(text string) ([]Citation, *Stop) {
	r := reader{s: text, size: len(strings.TrimSpace(text))}
	r.run()
	if len(r.out) == 0 && r.stop == nil {
		at := len(text) - len(strings.TrimLeft(text, " \t\r\n　"))
		if at == len(text) {
			r.fail(at, "没有填写依据，请写明法律、法规、规章或文件的名称和条款")
		} else {
			r.fail(at, "没有读到法律、法规、规章或文件的名称，请写作“《名称》（文号）第×条”")
		}
	}
	for i := range r.out {
		c := &r.out[i]
		if i > 0 && c.Title == r.out[i-1].Title && c.Number == r.out[i-1].Number {
			c.Level = r.out[i-1].Level
			continue
		}
		c.Level = LevelOf(r.full(i), c.Number)
	}
	return r.out, r.stop
}

// full is the title for ranking: a short form (《条例》, 《办法》) stands for
// the last earlier norm of that kind.
func (r *reader) full(i int) string {
	t := r.out[i].Title
	if len(t) > 6 || !hasAnySuffix(t, "法", "条例", "办法", "规定", "细则", "通知", "意见", "决定") {
		return t
	}
	// Bounded, so that a text full of short forms stays linear.
	for j := i - 1; j >= 0 && j >= i-16; j-- {
		if u := r.out[j].Title; len(u) > len(t) && strings.HasSuffix(u, t) {
			return u
		}
	}
	return t
}

type reader struct {
	s    string
	out  []Citation
	stop *Stop
	size int // bytes of s without blanks around
	i    int // next byte
	mark int // start of the run of plain text

	open  bool   // the last citation can still take a number or an article
	depth int    // the finest unit set in the open citation, 0 none
	end   int    // where the open citation ends so far
	bare  bool   // its title stood without marks
	held  string // the run before a blank, which may prove to be a title
	// A mark without its pair was met: later marks are read without nesting, as
	// otherwise each would search the rest of the text.
	unpaired bool
}

func (r *reader) fail(at int, text string) {
	if r.stop != nil {
		return
	}
	at = min(at, len(r.s))
	near := r.s[at:]
	n := 0
	for j := range near {
		if n == 10 {
			near = near[:j]
			break
		}
		n++
	}
	r.stop = &Stop{Offset: utf8.RuneCountInString(r.s[:at]), Near: strings.ToValidUTF8(near, "?"), Text: text}
}

func (r *reader) run() {
	for r.i < len(r.s) {
		c, size := utf8.DecodeRuneInString(r.s[r.i:])
		switch c {
		case '《':
			if r.embedding() {
				continue
			}
			r.closeRun(false)
			r.title()
		case '第':
			if !r.locator() {
				r.i += size
			}
		case '〔', '[', '［', '【', '(', '（':
			r.bracket(c, size)
		case ' ', '\t', '　', '\u00a0':
			r.closeRun(false)
			r.i += size
			r.mark = r.i
		case '，', '。', '；', '、', '：', ',', ';', ':', '\n', '\r', '》', ')', '）', '“', '”', '"', '|', '/', '.', '．':
			r.closeRun(false)
			r.i += size
			r.mark, r.held = r.i, ""
			if c == '。' || c == '\n' {
				r.open = false
			}
		default:
			r.i += size
		}
	}
	r.closeRun(false)
}

// title reads 《…》 with marks inside.
func (r *reader) title() {
	start := r.i + len("《")
	end, next := r.closing(start)
	if end < 0 {
		r.fail(r.i, "书名号“《”没有配对的“》”，请补全")
		r.i, r.mark, r.open = start, start, false
		return
	}
	name := strings.TrimSpace(r.s[start:end])
	r.i, r.mark = next, next
	switch {
	case name == "":
		r.fail(start, "书名号内没有名称")
		r.open = false
	case notNorm(name):
		r.open = false
	case r.open && r.end == start-len("《") && len(r.out) > 0 && r.out[len(r.out)-1].Title == "" && r.depth == 0:
		// 国发〔2018〕1号《……的通知》: the number came first.
		r.out[len(r.out)-1].Title = name
		r.end = next
	default:
		r.begin(Citation{Title: name})
	}
}

// tails are what follows the marks in a title that stands without marks itself.
var tails = []string{"实施办法", "实施细则", "若干规定", "办法", "规定", "细则", "条例", "通知", "决定", "意见"}

// embedding reads a title without marks that holds one with marks: 河北省实施
// 《中华人民共和国森林法》办法.
func (r *reader) embedding() bool {
	run := strings.TrimSpace(r.s[r.mark:r.i])
	if len(run) < 6 || len(run) > 240 || !hasAnySuffix(run, "实施", "贯彻", "印发", "执行", "转发", "修改", "施行", "公布", "发布") {
		return false
	}
	_, next := r.closing(r.i + len("《"))
	if next == 0 {
		return false
	}
	at := next + len(prefixOf(r.s[next:], "的"))
	for _, w := range tails {
		if strings.HasPrefix(r.s[at:], w) {
			name := trimLead(run) + r.s[r.i:at] + w
			r.i = at + len(w)
			r.mark = r.i
			r.begin(Citation{Title: name})
			return true
		}
	}
	return false
}

// closing finds the 》 that belongs to a 《 before from.
func (r *reader) closing(from int) (end, next int) {
	if r.unpaired {
		near := r.s[from:min(len(r.s), from+600)]
		if j := strings.Index(near, "》"); j >= 0 && !strings.Contains(near[:j], "《") {
			return from + j, from + j + len("》")
		}
		return -1, 0
	}
	depth := 1
	for j := from; j < len(r.s); {
		k := strings.IndexByte(r.s[j:], 0xe3) // first byte of both marks
		if k < 0 {
			break
		}
		j += k
		if strings.HasPrefix(r.s[j:], "《") {
			depth++
		} else if strings.HasPrefix(r.s[j:], "》") {
			if depth--; depth == 0 {
				return j, j + len("》")
			}
		}
		j++
	}
	r.unpaired = true
	return r.closing(from)
}

func (r *reader) begin(c Citation) {
	r.out = append(r.out, c)
	r.open, r.depth, r.end, r.bare, r.held = true, 0, r.i, false, ""
}

// closeRun judges the plain text since the last mark: the name of a norm
// without marks, words that add nothing, or text that ends the citation.
// anchored says that an article or number follows directly.
func (r *reader) closeRun(anchored bool) {
	run := strings.TrimSpace(r.s[r.mark:r.i])
	wholeText := run != "" && len(run) == r.size
	r.mark = r.i
	if run == "" || r.open && filler(run) {
		return
	}
	r.held = ""
	if name, ok := bareTitle(run, anchored, wholeText); ok {
		r.begin(Citation{Title: name})
		r.bare = true
		return
	}
	r.open, r.held = false, run
}

func filler(s string) bool {
	switch s {
	case "规定", "的规定", "之规定", "相关规定", "有关规定", "的相关规定", "的有关规定", "等", "等规定", "等有关规定", "等相关规定", "中", "的", "和", "及", "与", "以及", "或", "或者", "至", "到", "其中", "文", "文件", "及其", "即", "条款", "修订", "修正":
		return true
	}
	return false
}

var leadWords = []string{"设定依据", "实施依据", "法律依据", "法定依据", "依据", "根据", "按照", "依照", "参照", "遵照", "违反", "符合", "详见", "以及", "以", "见", "及", "和", "与", "或", "依", "按", "同时"}

// trimLead takes 根据, 依照 and the like off the head of a run.
func trimLead(run string) string {
	for cut := true; cut; {
		cut = false
		for _, w := range leadWords {
			if rest, ok := strings.CutPrefix(run, w); ok && rest != "" {
				run, cut = strings.TrimSpace(rest), true
				break
			}
		}
	}
	return run
}

// bareTitle judges a name without marks. Anchored by an article or number any
// name that ends as norms do will do; alone it must be beyond doubt.
func bareTitle(run string, anchored, wholeText bool) (string, bool) {
	run = trimLead(run)
	if anchored {
		run = strings.TrimSuffix(strings.TrimSuffix(run, "中"), "的")
	}
	n := utf8.RuneCountInString(run)
	if n < 2 || n > 80 || hasAnySuffix(run, "有关规定", "相关规定", "的规定", "等规定", "本规定", "其规定", "此规定", "本办法", "本条例", "本法", "该法", "该条例", "该办法", "应当", "不得") {
		return "", false
	}
	if _, ok := known[strings.TrimPrefix(run, peopleRepublic)]; ok {
		return run, true
	}
	law := isLaw(run)
	if !law && !hasAnySuffix(run, "条例", "规定", "办法", "细则", "规则", "决定", "通知", "意见", "公告", "通告", "标准", "规范", "规程", "目录", "方案", "批复", "复函", "解释", "要求", "指南", "制度", "命令", "公约", "议定书", "准则", "纲要", "计划", "规划", "清单") {
		return "", false
	}
	for _, w := range [...]string{"应当", "必须", "申请人", "不得", "可以", "提交", "经审查"} {
		if strings.Contains(run, w) {
			return "", false
		}
	}
	switch {
	case anchored, wholeText:
		return run, true
	case strings.HasPrefix(run, peopleRepublic):
		return run, true
	case strings.HasPrefix(run, "国务院") && n > 6, place(run) == placeProvince && n > 6:
		return run, true
	case strings.HasSuffix(run, "条例") && n >= 5:
		return run, true
	}
	return "", false
}

// notNorm reports papers that stand in marks but found nothing: certificates,
// forms, receipts.
func notNorm(s string) bool {
	return hasAnySuffix(s, "证", "证书", "证明", "证件", "表", "申请书", "通知书", "登记书", "承诺书", "委托书", "凭证", "记录", "执照", "协议", "协议书", "合同", "报告", "报告书", "发票", "手册", "户口簿", "单", "回执", "身份证明")
}

// bracket reads a year bracket of a document number, a remark after a title, or
// passes on.
func (r *reader) bracket(c rune, size int) {
	if year, n, next, ok := yearNumber(r.s, r.i); ok {
		prefix := numberPrefix(r.s[r.mark:r.i])
		issuer, order := strings.CutSuffix(prefix, "令")
		switch {
		case order:
			r.number(orderIssuer(issuer)+"令〔"+year+"〕第"+n+"号", next)
		case prefix != "":
			r.number(prefix+"〔"+year+"〕"+n+"号", next)
		default:
			r.i, r.mark = next, next
		}
		return
	}
	if c != '(' && c != '（' {
		r.closeRun(false)
		r.i += size
		r.mark = r.i
		return
	}
	if r.open && r.depth > 0 && strings.TrimSpace(r.s[r.mark:r.i]) == "" && r.locator() {
		return
	}
	// 中华人民共和国国务院令（第591号）
	if run := r.s[r.mark:r.i]; strings.HasSuffix(run, "令") && strings.HasPrefix(r.s[r.i+size:], "第") && len(run) <= 90 {
		if inner, next, ok := parenthesis(r.s, r.i+size); ok && len(inner) <= 30 {
			if no, _, ok := orderNumber(run+inner, 0, len(run)); ok {
				r.number(no, next)
				return
			}
		}
	}
	r.closeRun(r.mark < r.i)
	if !r.open || len(r.out) == 0 {
		r.i += size
		r.mark = r.i
		return
	}
	inner, next, ok := parenthesis(r.s, r.i+size)
	if !ok || strings.Contains(inner, "《") {
		// The law inside the remark is a citation of its own.
		r.i += size
		r.mark = r.i
		r.open = r.open && ok
		return
	}
	last := &r.out[len(r.out)-1]
	switch {
	case inner == "试行" || inner == "暂行":
		if r.bare && r.end == r.i && r.depth == 0 {
			last.Title += "（" + inner + "）"
		}
	default:
		if no := readNumber(inner); no != "" && last.Number == "" {
			r.setNumber(no)
		}
	}
	r.i, r.mark, r.end = next, next, next
}

// setNumber gives the number to all citations of the open norm.
func (r *reader) setNumber(no string) {
	for j := len(r.out) - 1; j >= 0 && r.out[j].Number == "" && r.out[j].Title == r.out[len(r.out)-1].Title; j-- {
		r.out[j].Number = no
		if r.depth == 0 {
			break
		}
	}
}

// number adds a document number to the open citation, or begins one.
func (r *reader) number(no string, next int) {
	r.i, r.mark = next, next
	if r.open && len(r.out) > 0 && r.out[len(r.out)-1].Number == "" && r.out[len(r.out)-1].Title != "" {
		r.setNumber(no)
		r.end = next
		return
	}
	title, sign := splitTitle(no)
	if title == "" && r.held != "" {
		title, _ = bareTitle(r.held, true, false)
	}
	r.begin(Citation{Title: title, Number: sign})
}

// splitTitle parts a title from the number that follows it without a mark:
// 取水许可管理办法水利部令第34号.
func splitTitle(no string) (title, sign string) {
	for _, w := range [...]string{"办法", "条例", "规定", "细则", "规则", "规范"} {
		if i := strings.LastIndex(no, w); i > 0 && !strings.HasPrefix(no[i+len(w):], "〔") && !strings.HasPrefix(no[i+len(w):], "第") {
			if t, ok := bareTitle(no[:i+len(w)], true, false); ok {
				return t, no[i+len(w):]
			}
		}
	}
	return "", no
}

// parenthesis gives what stands before the closing parenthesis, within 240
// bytes, parentheses inside included.
func parenthesis(s string, from int) (inner string, next int, ok bool) {
	depth := 1
	limit := min(len(s), from+240)
	for j := from; j < limit; {
		c, size := utf8.DecodeRuneInString(s[j:])
		switch c {
		case '(', '（':
			depth++
		case ')', '）':
			if depth--; depth == 0 {
				return strings.TrimSpace(s[from:j]), j + size, true
			}
		}
		j += size
	}
	return "", 0, false
}

// yearNumber reads 〔2018〕1号, [2018]第1号, （2018）1 号 at i.
func yearNumber(s string, i int) (year, n string, next int, ok bool) {
	_, size := utf8.DecodeRuneInString(s[i:])
	j := i + size
	j = skipBlank(s, j)
	year, j = figures(s, j, 4)
	if len(year) != 4 {
		return "", "", 0, false
	}
	j = skipBlank(s, j)
	j += len(prefixOf(s[j:], "年"))
	c, size := utf8.DecodeRuneInString(s[j:])
	switch c {
	case '〕', ']', '］', '】', ')', '）':
		j += size
	default:
		return "", "", 0, false
	}
	j = skipBlank(s, j)
	j += len(prefixOf(s[j:], "第"))
	j = skipBlank(s, j)
	n, j = figures(s, j, 6)
	if n == "" {
		v, k, good := numeral(s, j)
		if !good {
			return "", "", 0, false
		}
		n, j = strconv.Itoa(v), k
	}
	j = skipBlank(s, j)
	if !strings.HasPrefix(s[j:], "号") {
		return "", "", 0, false
	}
	return year, n, j + len("号"), true
}

func prefixOf(s, p string) string {
	if strings.HasPrefix(s, p) {
		return p
	}
	return ""
}

func skipBlank(s string, j int) int {
	for n := 0; j < len(s) && n < 4; n++ {
		switch {
		case s[j] == ' ':
			j++
		case strings.HasPrefix(s[j:], "　"):
			j += len("　")
		default:
			return j
		}
	}
	return j
}

// figures reads up to limit Arabic figures, half- or full-width.
func figures(s string, j, limit int) (string, int) {
	from := j
	for j < len(s) && s[j] >= '0' && s[j] <= '9' && j-from < limit {
		j++
	}
	if j > from {
		return s[from:j], j
	}
	var b []byte
	for j < len(s) && len(b) < limit {
		c, size := utf8.DecodeRuneInString(s[j:])
		if c < '０' || c > '９' {
			break
		}
		b = append(b, byte('0'+c-'０'))
		j += size
	}
	return string(b), j
}

// numberPrefix is the sign of the issuer right before a year bracket: the last
// 20 characters of the run at most, without words that lead to it.
func numberPrefix(run string) string {
	run = strings.TrimSpace(run)
	for _, w := range leadWords {
		run = strings.TrimPrefix(run, w)
	}
	for _, w := range [...]string{"至", "到", "的"} { // …37号至…237号
		run = strings.TrimPrefix(run, w)
	}
	if utf8.RuneCountInString(run) > 20 {
		return ""
	}
	return run
}

// orderIssuer takes the date and 中华人民共和国 off: 1998年10月25日国务院 → 国务院.
func orderIssuer(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndex(s, "年"); i >= 0 && i <= 12 {
		s = s[i+len("年"):]
	}
	if i := strings.Index(s, "日"); i > 0 && i <= 12 && strings.Trim(s[:i], "0123456789月") == "" { // 10月25日
		s = s[i+len("日"):]
	}
	s = strings.TrimPrefix(s, "的")
	for _, w := range leadWords {
		s = strings.TrimPrefix(s, w)
	}
	return strings.TrimPrefix(s, peopleRepublic)
}

// readNumber finds a document number in a remark: 国发〔2018〕1号,
// 1998年国务院令第251号, 中华人民共和国主席令第五十二号.
func readNumber(s string) string {
	if !strings.Contains(s, "号") {
		return ""
	}
	from := 0
	for j := 0; j < len(s); {
		c, size := utf8.DecodeRuneInString(s[j:])
		switch c {
		case '〔', '[', '［', '【', '(', '（':
			if year, n, _, ok := yearNumber(s, j); ok {
				prefix := numberPrefix(s[from:j])
				if issuer, order := strings.CutSuffix(prefix, "令"); order {
					return orderIssuer(issuer) + "令〔" + year + "〕第" + n + "号"
				}
				if prefix != "" {
					return prefix + "〔" + year + "〕" + n + "号"
				}
			}
		case '第':
			if no, _, ok := orderNumber(s, from, j); ok {
				return no
			}
		case '，', ',', '；', ';', '。', '：', ':':
			from = j + size
		}
		j += size
	}
	return ""
}

// orderNumber reads …令第412号 and …公告2015年第36号, the 第 being at j and the
// issuer beginning at from.
func orderNumber(s string, from, j int) (no string, next int, ok bool) {
	before := strings.TrimSpace(s[from:j])
	if len(before) > 90 {
		return "", 0, false
	}
	k := skipBlank(s, j+len("第"))
	n, k2 := figures(s, k, 6)
	if n == "" {
		v, k3, good := numeral(s, k)
		if !good {
			return "", 0, false
		}
		n, k2 = strconv.Itoa(v), k3
	}
	k2 = skipBlank(s, k2)
	if !strings.HasPrefix(s[k2:], "号") {
		return "", 0, false
	}
	k2 += len("号")
	issuer, order := strings.CutSuffix(before, "令")
	if order {
		return orderIssuer(issuer) + "令第" + n + "号", k2, true
	}
	year := ""
	if h, cut := strings.CutSuffix(before, "年"); cut && len(h) >= 4 {
		if y, _ := figures(h, len(h)-4, 4); len(y) == 4 {
			year, before = y+"年", h[:len(h)-4]
		}
	}
	switch {
	case strings.HasSuffix(before, "公告") || strings.HasSuffix(before, "通告"):
		return orderIssuer(before) + year + "第" + n + "号", k2, true
	case strings.HasSuffix(before, "令"): // 国家税务总局令2018年第44号
		return orderIssuer(strings.TrimSuffix(before, "令")) + "令" + year + "第" + n + "号", k2, true
	case strings.HasPrefix(s[k2:], "公告"):
		return orderIssuer(before) + "公告" + year + "第" + n + "号", k2 + len("公告"), true
	case strings.HasPrefix(s[k2:], "令"):
		return orderIssuer(before) + "令" + year + "第" + n + "号", k2 + len("令"), true
	}
	return "", 0, false
}

// The units of a place in a norm, coarse to fine.
func unitDepth(c rune) int {
	switch c {
	case '编':
		return 1
	case '章':
		return 2
	case '节', '点':
		return 3
	case '条':
		return 4
	case '款':
		return 5
	case '项':
		return 6
	case '目':
		return 7
	}
	return 0
}

// locator reads 第四十二条, 第十、十二条, 第（一）项 and （二）项 at r.i, and all
// that follow directly. It reports false, having read nothing, if there is none.
func (r *reader) locator() bool {
	first := strings.HasPrefix(r.s[r.i:], "第")
	if first {
		if no, next, ok := orderNumber(r.s, r.mark, r.i); ok {
			r.number(no, next)
			return true
		}
	}
	var nums [16]int
	n, unit, suffix, next, ok := readPlace(r.s, r.i, &nums)
	if !ok {
		if first && blankNumber(r.s, r.i+len("第")) {
			r.fail(r.i, "条款的序号没有填写或无法辨认，请写作“第十二条”或“第12条”")
		}
		return false
	}
	run := strings.TrimSpace(r.s[r.mark:r.i])
	if run != "" {
		r.closeRun(true)
	}
	if !r.open && r.held != "" && run == "" {
		if name, ok := bareTitle(r.held, true, false); ok {
			r.begin(Citation{Title: name})
		}
	}
	if !r.open || len(r.out) == 0 {
		if len(r.out) == 0 {
			r.fail(r.i, "条款前没有法律、法规或文件的名称，请写作“《名称》第×条”")
		}
		r.i, r.mark = next, next
		return true
	}
	var last numbered
	for {
		for _, v := range nums[:n] {
			to := numbered{unit: unit, n: max(v, -v), suffix: suffix}
			if v < 0 {
				r.between(last, to)
			}
			r.set(unit, to.n, suffix)
			last = to
		}
		r.i, r.mark, r.end = next, next, next
		at := skipJoin(r.s, next)
		through := strings.ContainsAny(r.s[next:at], rangeSigns)
		if n, unit, suffix, next, ok = readPlace(r.s, at, &nums); !ok {
			return true
		}
		if orderAhead(r.s, at) {
			return true
		}
		if through {
			nums[0] = -nums[0]
		}
	}
}

// numbered is one number of a locator, such as 第三条.
type numbered struct {
	unit   rune
	n      int
	suffix string
}

// rangeSigns stand between the ends of a range.
const rangeSigns = "至到-—～~"

// between cites what a range holds between its ends: 第三条至第五条 is articles
// 3, 4 and 5. What lies between ends of different units, or ends with 之一, only
// the norm itself tells; a long range would be a list of its own and keeps its
// ends.
func (r *reader) between(from, to numbered) {
	if from.unit != to.unit || from.suffix+to.suffix != "" || to.n-from.n > 100 || len(r.out) > 1000 {
		return
	}
	for n := from.n + 1; n < to.n; n++ {
		r.set(to.unit, n, "")
	}
}

// orderAhead reports that 第 at i begins a document number.
func orderAhead(s string, i int) bool { _, _, ok := orderNumber(s, i, i); return ok }

func (r *reader) set(unit rune, v int, suffix string) {
	d := unitDepth(unit)
	c := &r.out[len(r.out)-1]
	if d <= r.depth {
		// The same unit again, or a coarser one: another citation of this norm,
		// which keeps what is coarser than the unit.
		r.out = append(r.out, *c)
		c = &r.out[len(r.out)-1]
		if d <= 3 {
			c.Section = ""
		}
		if d <= 4 {
			c.Article = ""
		}
		if d <= 5 {
			c.Paragraph = ""
		}
		if d <= 6 {
			c.Item = ""
		}
		c.Subitem = ""
	}
	t := strconv.Itoa(v) + suffix
	switch d {
	case 1, 2, 3:
		c.Section = t + string(unit)
	case 4:
		c.Article = t
	case 5:
		c.Paragraph = t
	case 6:
		c.Item = t
	case 7:
		c.Subitem = t
	}
	r.depth = d
}

// skipJoin passes over what may stand between two places of one norm.
func skipJoin(s string, j int) int {
	for n := 0; j < len(s) && n < 6; n++ {
		c, size := utf8.DecodeRuneInString(s[j:])
		switch c {
		case ' ', '　', '、', '，', ',', '和', '及', '与', '或', '至', '到', '以', '者', '-', '—', '~', '～', '；', ';', '的':
			j += size
		default:
			return j
		}
	}
	return j
}

// readPlace reads one place: 第 and one or several numbers and a unit, or a
// number in parentheses before 项 or 目. A negative number ends a range that the
// one before it begins.
func readPlace(s string, i int, nums *[16]int) (n int, unit rune, suffix string, next int, ok bool) {
	j := i
	ordinal := strings.HasPrefix(s[j:], "第")
	if ordinal {
		j += len("第")
	} else if c, _ := utf8.DecodeRuneInString(s[j:]); c != '（' && c != '(' {
		return 0, 0, "", 0, false
	}
	through := false
	for n < len(nums) {
		j = skipBlank(s, j)
		v, k, good := wrappedNumeral(s, j)
		if !good {
			return 0, 0, "", 0, false
		}
		if nums[n] = v; through {
			nums[n] = -v
		}
		n++
		j = skipBlank(s, k)
		c, size := utf8.DecodeRuneInString(s[j:])
		if d := unitDepth(c); d > 0 {
			if !ordinal && d < 6 {
				return 0, 0, "", 0, false
			}
			j += size
			// 第一百二十条之一
			if c == '条' {
				if rest, cut := strings.CutPrefix(s[j:], "之"); cut {
					if v, k, good := numeral(rest, 0); good && v < 100 {
						suffix, j = "之"+strconv.Itoa(v), j+len("之")+k
					}
				}
			}
			return n, c, suffix, j, true
		}
		switch c {
		case '、', '，', ',', '和', '及', '与', '至', '到', '-', '—', '～', '~':
			through = strings.ContainsRune(rangeSigns, c)
			j += size
		case '（', '(':
			if ordinal && n > 8 {
				return 0, 0, "", 0, false
			}
		default:
			return 0, 0, "", 0, false
		}
	}
	return 0, 0, "", 0, false
}

// wrappedNumeral reads 一 or （一）.
func wrappedNumeral(s string, j int) (v, next int, ok bool) {
	c, size := utf8.DecodeRuneInString(s[j:])
	if c != '（' && c != '(' {
		return numeral(s, j)
	}
	v, k, ok := numeral(s, j+size)
	if !ok {
		return 0, 0, false
	}
	c, size = utf8.DecodeRuneInString(s[k:])
	if c != '）' && c != ')' {
		return 0, 0, false
	}
	return v, k + size, true
}

// blankNumber reports 第__条, 第×条, 第 条, 第X款: a place left to be filled in.
func blankNumber(s string, j int) bool {
	for n := 0; j < len(s) && n < 8; n++ {
		c, size := utf8.DecodeRuneInString(s[j:])
		switch c {
		case '×', 'X', 'x', '_', '＿', ' ', '　', '?', '？', '*', '…', '某', '几', '（', '）', '(', ')':
			j += size
		case '条', '款', '项':
			return true
		default:
			return false
		}
	}
	return false
}

// numeral reads an Arabic or Chinese number from 1 to 9999 at j.
func numeral(s string, j int) (v, next int, ok bool) {
	if f, k := figures(s, j, 5); f != "" {
		v, err := strconv.Atoi(f)
		return v, k, err == nil && v > 0 && v < 10_000
	}
	digit, plain, seen := -1, 0, 0
	for n := 0; j < len(s) && n < 9; n++ {
		c, size := utf8.DecodeRuneInString(s[j:])
		unit := 0
		switch c {
		case '十', '拾':
			unit = 10
		case '百', '佰':
			unit = 100
		case '千', '仟':
			unit = 1000
		default:
			d := chineseDigit(c)
			if d < 0 {
				goto done
			}
			plain = plain*10 + d // 一二三 read figure by figure
			digit = d
			seen++
			j += size
			continue
		}
		if digit < 0 || digit == 0 {
			digit = 1
		}
		v += digit * unit
		digit, plain = -1, 0
		seen++
		j += size
	}
done:
	if seen == 0 {
		return 0, 0, false
	}
	if v == 0 {
		v = plain
	} else if digit > 0 {
		v += digit
	}
	return v, j, v > 0 && v < 10_000
}

func chineseDigit(c rune) int {
	switch c {
	case '零', '〇', '○':
		return 0
	case '一', '壹':
		return 1
	case '二', '两', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四', '肆':
		return 4
	case '五', '伍':
		return 5
	case '六', '陆':
		return 6
	case '七', '柒':
		return 7
	case '八', '捌':
		return 8
	case '九', '玖':
		return 9
	}
	return -1
}
