package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server/web/ui"
)

// GET /items/{id}: the guide. The answers to an item's questions stand in the
// address (?q1=是), so that one's own case can be shared and printed. An item is
// found by its implementation code as well, which other sites may know.
func (s *Server) getGuide(q *request) error {
	v, err := q.guide()
	if err != nil {
		return err
	}
	address := q.base() + "/items/" + v.ID
	p := q.publicPage(v.Name)
	p.Canonical = address
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: v.UnitName, Href: "/units/" + url.PathEscape(v.UnitID)}}
	if !v.Available() {
		p.Description = v.Name + "：" + standingSentence(&v.Change)
		p.NoIndex = true
		return q.render(p, goneView(v.Guide))
	}
	p.Description = v.summary()
	if p.Data, err = s.Portal.LinkedData(v.Guide, address); err != nil {
		return err
	}
	if v.QR, err = s.Portal.QR(q.verifyLink(v.VerifyCode), "二维码：核验这份指南是不是现行的"); err != nil {
		return err
	}
	s.countView(q.Request)
	return q.render(p, guideView(v))
}

// GET /items/{id}/checklist: what to bring, alone. The ticks stand in the address
// (?have=m1), so that a telephone that scans its code has them, too.
func (s *Server) getChecklist(q *request) error {
	v, err := q.guide()
	if err != nil {
		return err
	}
	if !v.Available() {
		return q.seeOther("/items/" + v.ID)
	}
	p := q.publicPage("材料清单：" + v.Name)
	p.NoIndex = true
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: v.Name, Href: v.href()}}
	if v.QR, err = s.Portal.QR(q.base()+v.checklistHref(true), "二维码：把这份清单带到手机上"); err != nil {
		return err
	}
	return q.render(p, checklistView(v))
}

// guide is the guide that a request asks for.
func (q *request) guide() (*guide, error) {
	id := q.PathValue("id")
	g, err := q.s.Portal.Guide(q.Context(), id)
	if fault.Is(err, fault.NotFound) {
		if byCode, other := q.s.Portal.ByCode(id); other == nil {
			g, err = q.s.Portal.Guide(q.Context(), byCode)
		}
	}
	if err != nil {
		return nil, err
	}
	v := newGuide(g, q.URL.Query(), q.s.calendar(), q.s.now())
	v.Short, v.Mute = strings.TrimPrefix(v.UnitName, q.s.county().Title()), !q.s.Portal.Hears()
	v.Proves = q.s.Portal.Signs()
	q.holds(v.Until)
	return v, nil
}

// goneWords say what has become of a cancelled item, by what was done to it.
var goneWords = map[publication.Op]string{
	publication.OpSplit: "拆分", publication.OpMerge: "合并", publication.OpTransfer: "划转", publication.OpDelegate: "下放",
}

// standingWord says in a word how an item stands: 已暂停, 已合并.
func standingWord(c *portal.Change) string {
	if c.Standing == publication.StandingCancelled && goneWords[c.Op] != "" {
		return "已" + goneWords[c.Op]
	}
	return "已" + string(c.Standing)
}

// standingSentence says since when one cannot apply, and until when.
func standingSentence(c *portal.Change) string {
	s := "该事项" + standingWord(c)
	if !c.Effective.IsZero() {
		s = "该事项自" + c.Effective.Chinese() + "起" + strings.TrimPrefix(standingWord(c), "已")
	}
	if c.Standing != publication.StandingSuspended {
		return s + "。"
	}
	s += "办理。"
	if !c.Until.IsZero() {
		s += "预计" + c.Until.Chinese() + "恢复。"
	}
	return s
}

func goneLight(g *portal.Guide) string {
	if g.Standing == publication.StandingSuspended {
		return "yellow"
	}
	return "grey"
}

// docLine is the document behind a release; the reform office may decide on a
// change of elements without one.
func docLine(r *publication.Release) string {
	if r.DocNo == "" {
		return "审改办决定，" + r.DocDate.Chinese()
	}
	return r.DocNo + "，" + r.DocDate.Chinese()
}

// goneUnit says what the unit is to an item: a suspended one is still its own.
func goneUnit(g *portal.Guide) string {
	if g.Standing == publication.StandingSuspended {
		return "办理单位"
	}
	return "原办理单位"
}

// orPhone is a number to call in any case.
func orPhone(phone string) []string {
	if phone == "" {
		return []string{"12345"}
	}
	return []string{phone}
}

// guide is the guide as one reader sees it: the whole item, or the case that
// fits the answers given, on a day.
type guide struct {
	*portal.Guide
	Process   *catalog.Process
	Ways      visit.Assessment
	Limit     catalog.Limit
	Longest   bool // the limit is the longest of several cases'
	Materials []catalog.Material
	Numbers   []int  // of the materials in the item, from 1
	Case      string // name of the case, empty while none is chosen
	Answers   map[string]string
	Have      map[string]bool // ticked materials, if Ticked
	Ticked    bool            // the address says what is ticked
	Outdated  bool            // it does so for a former version
	AskedAnew bool            // an answer that came with the address is none of the guide's any more
	Short     string          // of the unit, without the county
	QR        string
	Proves    bool // papers can be had with a proof
	Mute      bool // nobody could answer what a reader tells
	Calendar  *calendar.Calendar
	Now       time.Time
	Until     time.Time // when what the guide says of today changes
}

// newGuide reads the answers; those that fit no question are passed over. While
// no single case fits, the guide shows every material and the case with the most
// visits, so that nobody is promised too much.
func newGuide(g *portal.Guide, in url.Values, cal *calendar.Calendar, now time.Time) *guide {
	v := &guide{Guide: g, Process: g.Item.Process, Ways: g.Assessment, Limit: g.Item.PromisedLimit, Materials: g.Item.Materials,
		Answers: map[string]string{}, Have: map[string]bool{}, Short: g.UnitName, Calendar: cal, Now: now}
	v.choose(in)
	for i := range v.Materials {
		v.Numbers = append(v.Numbers, 1+slices.IndexFunc(g.Item.Materials, func(m catalog.Material) bool {
			return m.ID == v.Materials[i].ID && m.Name == v.Materials[i].Name
		}))
	}
	if code := in.Get("v"); code != "" {
		if v.Ticked = code == v.VerifyCode; !v.Ticked {
			v.Outdated = true
		}
		for _, m := range in["have"] {
			v.Have[m] = v.Ticked
		}
	}
	v.Until = calendar.DateOf(now).AddDays(1).Time() // 今天受理的 …
	for _, p := range g.Item.Places {
		if o, ok := v.opening(p.Hours); ok && o.Changes.Before(v.Until) {
			v.Until = o.Changes
		}
	}
	return v
}

// choose narrows the guide to the case that fits the answers.
func (v *guide) choose(in url.Values) {
	sc := v.Item.Scenarios
	if sc == nil || len(sc.Leaves) == 0 {
		return
	}
	for _, question := range sc.Questions {
		if a := in.Get(question.ID); slices.Contains(question.Options, a) {
			v.Answers[question.ID] = a
		} else if a != "" {
			v.AskedAnew = true
		}
	}
	if i := sc.LeafFor(v.Answers); i >= 0 && len(v.Answers) > 0 {
		c := v.Item.Case(i)
		if a, err := visit.Assess(c.Process, 0); err == nil {
			v.Case, v.Process, v.Ways, v.Limit, v.Materials = c.Name, c.Process, a, c.Limit, c.Materials
			return
		}
	}
	if p, err := visit.WorstCase(v.Item); err == nil {
		if a, err := visit.Assess(p, 0); err == nil && a.Visits == v.Assessment.Visits {
			v.Process, v.Ways = p, a // the picture, the reasons and the figure are of one case
		}
	}
	for i := range sc.Leaves {
		switch l := v.Item.Case(i).Limit; {
		case l == v.Limit || l.Unit != v.Limit.Unit:
		case l.N > v.Limit.N:
			v.Limit, v.Longest = l, true
		default:
			v.Longest = true
		}
	}
}

// href is the guide's address with some answers.
func (v *guide) hrefWith(answers map[string]string) string {
	q := url.Values{}
	for id, a := range answers {
		q.Set(id, a)
	}
	if len(q) == 0 {
		return "/items/" + v.ID
	}
	return "/items/" + v.ID + "?" + q.Encode()
}

// caseQuery is what addresses of papers of the case end with, "" while no case is
// chosen.
func (v *guide) caseQuery() string {
	if v.Case == "" {
		return ""
	}
	return strings.TrimPrefix(v.href(), "/items/"+v.ID)
}

// href is the address of this case of the guide.
func (v *guide) href() string { return v.hrefWith(v.Answers) }

// checklistHref is the address of the list of materials; ticked with its ticks.
func (v *guide) checklistHref(ticked bool) string {
	q := url.Values{}
	for id, a := range v.Answers {
		q.Set(id, a)
	}
	if ticked {
		q.Set("v", v.VerifyCode)
		for _, c := range v.checklist() {
			if c.Have {
				q.Add("have", c.ID)
			}
		}
	}
	if len(q) == 0 {
		return "/items/" + v.ID + "/checklist"
	}
	return "/items/" + v.ID + "/checklist?" + q.Encode()
}

// reportHref is the address at which an error at a place of the guide is told.
func (v *guide) reportHref(at string) string {
	if v.Mute {
		return ""
	}
	return "/items/" + v.ID + "/report?at=" + url.QueryEscape(at)
}

// asked is the question that is open, with the address that each answer leads
// to; ok is false when the case is known.
func (v *guide) asked() (title, text string, options []ui.Crumb, ok bool) {
	sc := v.Item.Scenarios
	if sc == nil || v.Case != "" {
		return "", "", nil, false
	}
	i := sc.Ask(v.Answers)
	if i < 0 {
		return "", "", nil, false
	}
	question := sc.Questions[i]
	title = "先选一选，只看与您有关的内容"
	if len(sc.Questions) > 1 {
		title = fmt.Sprintf("先选一选，只看与您有关的内容（第 %d 问，最多 %d 问）", len(v.Answers)+1, len(sc.Questions))
	}
	for _, o := range question.Options {
		with := maps.Clone(v.Answers)
		with[question.ID] = o
		options = append(options, ui.Crumb{Label: o, Href: v.hrefWith(with)})
	}
	return title, question.Text, options, true
}

// answered are the answers given, each with the address at which it is open
// again.
func (v *guide) answered() (out []answer) {
	if v.Item.Scenarios == nil {
		return nil
	}
	for _, q := range v.Item.Scenarios.Questions {
		if a := v.Answers[q.ID]; a != "" {
			without := maps.Clone(v.Answers)
			delete(without, q.ID)
			out = append(out, answer{q.Text, a, v.hrefWith(without)})
		}
	}
	return out
}

type answer struct{ question, answer, change string }

// hidden are the answers as fields of a form.
func (v *guide) hidden() (out []ui.Hidden) {
	for _, id := range slices.Sorted(maps.Keys(v.Answers)) {
		out = append(out, ui.Hidden{Name: id, Value: v.Answers[id]})
	}
	return append(out, ui.Hidden{Name: "v", Value: v.VerifyCode})
}

// summary is what search engines show.
func (v *guide) summary() string {
	return fmt.Sprintf("%s（%s）：%s；%s；%s；%s。", v.Name, v.UnitName, visitsPhrase(v.Guide.Visits), v.howLong(), v.howMuch(), strings.TrimSuffix(v.bring(), "。"))
}

func visitsPhrase(n int) string {
	switch n {
	case 0:
		return "一次也不用跑"
	case 1:
		return "最多跑一次"
	}
	return fmt.Sprintf("目前需要跑 %d 次", n)
}

// dutyWords say in plain words what one comes for.
var dutyWords = map[string]string{
	catalog.DutySubmit: "交材料", catalog.DutyOriginals: "核对原件", catalog.DutyIdentify: "核验身份", catalog.DutySign: "签字",
	catalog.DutyPay: "缴费", catalog.DutyInterview: "面谈", catalog.DutySample: "采样", catalog.DutySurvey: "陪同勘查",
	catalog.DutySupplement: "补交材料", catalog.DutyCollect: "领取结果", catalog.DutyCarry: "转送材料",
}

// dutyWord is what one comes for, or does from home.
func (v *guide) dutyWord(duty string) string {
	if duty == catalog.DutySubmit && len(v.Materials) == 0 {
		return "提出申请"
	}
	return orText(dutyWords[duty], duty)
}

// why says in a sentence why the figure is what it is.
func (v *guide) why() string {
	switch {
	case v.Ways.Visits == 0:
		return "各个环节都可以不到场办理。"
	case v.Case == "" && v.Item.Scenarios != nil && len(v.Item.Scenarios.Leaves) > 1:
		return "按跑得最多的情形计算。选好上面的情形，可以看到您要跑几次。"
	}
	return ""
}

// trips tells each visit: where, what for, and why it cannot be spared.
func (v *guide) trips() []string {
	var out []string
	for i, t := range v.Ways.Trips {
		var duties, reasons []string
		for _, id := range t.Settles {
			duty := ""
			if v.Process != nil {
				for _, tp := range v.Process.Touchpoints {
					if tp.ID == id {
						duty = orText(dutyWords[tp.Duty], tp.Duty)
					}
				}
			}
			if duty != "" && !slices.Contains(duties, duty) {
				duties = append(duties, duty)
			}
			_, reason, ok := strings.Cut(t.Reasons[id], "：")
			if ok && !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
		line := fmt.Sprintf("第 %d 次：到%s", i+1, v.place(t.Place))
		if len(duties) > 0 {
			line += "，" + strings.Join(duties, "、")
		}
		if len(reasons) > 0 {
			line += "。原因：" + strings.Join(reasons, "；")
		}
		out = append(out, line+"。")
	}
	return out
}

func (v *guide) place(id string) string {
	if v.Process == nil {
		return id
	}
	return placeName(v.Process, id)
}

func (v *guide) howLong() string {
	s := v.Limit.Words()
	if v.Limit.Given() {
		s = "承诺 " + s
		switch {
		case v.Limit.OnSpot():
			s = v.Limit.Words()
		case v.Longest:
			s = "最长承诺 " + v.Limit.Words()
		}
	}
	switch legal := v.Item.LegalLimit; {
	case !legal.Given():
	case v.Limit == legal:
		s += "（与法定时限相同）"
	case !v.Limit.Given():
		s = "法定 " + legal.Words()
	default:
		s += "（法定 " + legal.Words() + "）"
	}
	if v.Limit.Note != "" {
		s += "（" + v.Limit.Note + "）"
	}
	return s
}

// due says by when it is done if it is accepted today; working days know the
// holidays. "" if that cannot be said.
func (v *guide) due() string {
	today := calendar.DateOf(v.Now)
	if v.Calendar == nil || v.Limit.Unit != catalog.UnitWorkday || v.Limit.N == 0 {
		return ""
	}
	from, day := today, "今天"
	if v.Calendar.IsOff(today) {
		from, day = v.Calendar.NextWorkday(today), "下一个工作日"
	}
	due, err := v.Calendar.AddWorkdays(from, v.Limit.N)
	if err != nil || !v.Calendar.Known(due.Year()) {
		return ""
	}
	return fmt.Sprintf("%s受理的，最迟 %s办结", day, due.Chinese())
}

// opening is what a place's hours say of now.
func (v *guide) opening(hours string) (calendar.Opening, bool) {
	h, ok := calendar.ParseHours(hours)
	if !ok || v.Calendar == nil {
		return calendar.Opening{}, false
	}
	return h.At(v.Calendar, v.Now), true
}

func (v *guide) howMuch() string {
	if !v.Item.Fee.Charged {
		return "不收费"
	}
	var parts []string
	for _, f := range v.Item.Fee.Items {
		t := strings.TrimSpace(f.Name + " " + f.Standard)
		if f.Reduction != "" {
			t += "（减免：" + f.Reduction + "）"
		}
		if t != "" {
			parts = append(parts, t)
		}
	}
	s := "收费"
	if len(parts) > 0 {
		s += "：" + strings.Join(parts, "；")
	}
	if v.Item.OnlinePayment {
		s += "，可以网上支付"
	}
	return s
}

// free says how a material is obtained without the applicant, "" if it is not.
func free(m catalog.Material) string {
	by := m.ByNumber()
	switch {
	case by == "":
		return ""
	case by == m.IssuerUnit:
		return "不用带，只填名称、文号或者编码，由窗口向" + by + "核实"
	}
	return "不用带，只填名称、文号或者编码，由窗口通过" + by + "核验"
}

// bring is the answer of the first screen: how many things, and which.
func (v *guide) bring() string {
	var names []string
	for _, m := range v.Materials {
		if free(m) == "" && m.Need != catalog.NeedOptional {
			names = append(names, m.Name)
		}
	}
	switch {
	case len(v.Materials) == 0:
		return "不需要提交材料"
	case len(names) == 0:
		return "没有必须带的材料"
	}
	most := ""
	if sc := v.Item.Scenarios; sc != nil && v.Case == "" && len(sc.Leaves) > 1 {
		most = "最多 " // the list is that of all cases
	}
	if len(names) <= 4 {
		return fmt.Sprintf("%s%d 样：%s", most, len(names), strings.Join(names, "、"))
	}
	return fmt.Sprintf("%s%d 样：%s等", most, len(names), strings.Join(names[:3], "、"))
}

func (v *guide) where() string {
	var parts []string
	far := v.Ways.Visits == 0 && v.Process != nil && len(v.Process.Touchpoints) > 0
	switch {
	case far:
		parts = append(parts, "不用到场，通过"+strings.Join(v.remote(), "、")+"办理")
	case v.Item.Online.Available:
		parts = append(parts, "可以网上办理"+bracket(v.Item.Online.Depth))
	}
	for _, p := range v.Item.Places {
		if n := orText(p.Name, p.Address); n != "" {
			if far {
				n = "也可以到" + n
			}
			parts = append(parts, n)
			break
		}
	}
	if v.Item.Express && !far {
		parts = append(parts, "结果可以快递送达")
	}
	return strings.Join(parts, "；")
}

// remote are the channels by which things are done without coming.
func (v *guide) remote() (out []string) {
	for _, t := range v.Process.Touchpoints {
		for _, r := range t.Remote {
			if !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	return out
}

// window reports whether one can come to a window.
func (v *guide) window() bool {
	return len(v.Item.Places) > 0 || slices.Contains(v.Item.Channels, "窗口办理")
}

// byLaw are the touchpoints at which the law wants the applicant in person.
func (v *guide) byLaw() (out []string) {
	if v.Process == nil {
		return nil
	}
	for _, t := range v.Process.Touchpoints {
		if law := strings.TrimSpace(t.Law); law != "" {
			out = append(out, orText(dutyWords[t.Duty], t.Duty)+"（"+law+"）")
		}
	}
	return out
}

// agents says whether somebody else can come, and what that person brings.
func (v *guide) agents() []string {
	const bring = "代办人要带：委托书、委托人和代办人的有效身份证件。"
	if law := v.byLaw(); len(law) > 0 {
		return []string{"依法须本人到场，不能代办的环节：" + strings.Join(law, "、") + "。", "其余环节可以委托他人代办。" + bring}
	}
	if v.Item.Type == "行政许可" {
		return []string{"可以委托他人代办（《中华人民共和国行政许可法》第二十九条）。" + bring}
	}
	return []string{"没有依法必须本人到场的环节，可以委托他人代办；拿不准的，请先打电话问。" + bring}
}

// firms says what is different for firms and other bodies.
func (v *guide) firms() string {
	for _, a := range v.Item.Audience {
		if strings.Contains(a, "法人") || strings.Contains(a, "组织") || strings.Contains(a, "企业") {
			return "单位办理的，由经办人持单位授权文件和本人身份证件来办，法定代表人不用到场" + map[bool]string{true: "（依法须到场的环节除外）", false: ""}[len(v.byLaw()) > 0] + "。"
		}
	}
	return ""
}

// offline says how one does without a telephone and the net (国办发〔2020〕45号:
// what is done at the window stays possible).
func (v *guide) offline() string {
	if !v.window() {
		return "本事项目前只在网上办理。不会上网的，请打电话或到政务服务大厅，由工作人员帮您办。"
	}
	s := "直接到窗口办就行，不用手机和网上账号，窗口人员帮您填表。"
	if v.Item.Online.Available {
		s += "窗口办和网上办效果一样。"
	}
	if v.Item.Fee.Charged {
		s += "缴费可以付现金。"
	}
	return s
}

func (v *guide) result() string {
	s := orText(v.Item.Result.Name, "没有证照或文书，办结后告知结果")
	if v.Item.Express {
		s += "，可以快递送达"
	}
	return s + "。"
}

func bracket(s string) string {
	if s == "" {
		return ""
	}
	return "（" + s + "）"
}

// onlineHref is the address of the online service, "" if it is none that a
// browser may follow.
func (v *guide) onlineHref() string {
	for _, raw := range []string{v.Item.Online.URL, v.Item.Online.MobileURL} {
		if u, err := url.Parse(strings.TrimSpace(raw)); err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" {
			return u.String()
		}
	}
	return ""
}

// checklist is what to bring, and what need not be brought.
func (v *guide) checklist() []ui.CheckItem {
	var out []ui.CheckItem
	basis := v.commonBasis()
	for i, m := range v.Materials {
		c := ui.CheckItem{ID: "m" + strconv.Itoa(v.Numbers[i]), Label: m.Name, Free: free(m)}
		c.Have = v.Have[c.ID]
		var how, note []string
		if m.Originals > 0 {
			how = append(how, fmt.Sprintf("原件 %d 份", m.Originals))
		}
		if m.Copies > 0 {
			how = append(how, fmt.Sprintf("复印件 %d 份", m.Copies))
		}
		if m.Medium != "" && c.Free == "" {
			how = append(how, mediumWords(m.Medium))
		}
		c.Label += bracket(strings.Join(how, "，"))
		if cases := v.onlyFor(m.ID); cases != "" {
			note = append(note, "只有这些情形才要："+cases)
		}
		if m.Need == catalog.NeedOptional && c.Free == "" {
			note = append(note, "可以不交")
		}
		if m.Need == catalog.NeedDeferred || m.Defer.Days > 0 {
			t := "可以先受理、后补交"
			if m.Defer.Days > 0 {
				t += fmt.Sprintf("，%d 个工作日内补齐", m.Defer.Days)
			}
			note = append(note, t+bracket(strings.Join(m.Defer.Channels, "、")))
		}
		if m.Promise {
			note = append(note, "可以书面承诺代替")
		}
		if m.Issuer == catalog.IssuerGovernment && c.Free == "" {
			note = append(note, "由"+orText(m.IssuerUnit, "政府部门")+"核发")
		}
		if m.ValidMonths > 0 {
			note = append(note, fmt.Sprintf("%d 个月内有效", m.ValidMonths))
		}
		if m.Notes != "" {
			note = append(note, m.Notes)
		}
		if m.Basis != "" && m.Basis != basis {
			note = append(note, "依据："+m.Basis)
		}
		for _, f := range []struct{ label, slot, ref string }{{"空白表格", "form", m.Form}, {"填写样例", "sample", m.Sample}} {
			if href, label := v.fileLink("materials."+strconv.Itoa(v.Numbers[i]-1)+"."+f.slot, f.ref); href != "" {
				c.Links = append(c.Links, ui.Crumb{Label: f.label + label, Href: href})
			} else if t := notHere(f.label, f.ref, &m); t != "" && c.Free == "" {
				note = append(note, t)
			}
		}
		c.Note = strings.Join(note, "；")
		out = append(out, c)
	}
	return out
}

// mediumWords say in what form a material is wanted; the list's own word where it
// is plain enough.
func mediumWords(medium string) string {
	if medium == "纸质/电子化" {
		return "纸质或者电子版都可以"
	}
	return medium
}

// onlyFor names the cases that want a material, while no case is chosen; "" if
// all of them do.
func (v *guide) onlyFor(material string) string {
	sc := v.Item.Scenarios
	if sc == nil || v.Case != "" || material == "" {
		return ""
	}
	var names []string
	for i := range sc.Leaves {
		if slices.ContainsFunc(v.Item.Case(i).Materials, func(m catalog.Material) bool { return m.ID == material }) {
			names = append(names, "“"+sc.Leaves[i].Name+"”")
		}
	}
	if len(names) == len(sc.Leaves) {
		return ""
	}
	return strings.Join(names, "")
}

// notHere says of a form or sample that cannot be loaded where it is to be had,
// rather than let people look for it: of one that is only named, and of the form
// that an application is written on.
func notHere(label, ref string, m *catalog.Material) string {
	const where = "请到窗口领取，或打电话索取"
	if name := strings.TrimSpace(ref); name != "" {
		return label + "“" + catalog.FileLabel(name) + "”本站不能下载，" + where
	}
	if label == "空白表格" && m.Issuer != catalog.IssuerGovernment && (m.Kind == "申请表格文书" || strings.HasSuffix(m.Name, "申请表") || strings.HasSuffix(m.Name, "申请书")) {
		return "本站没有空白表格，" + where
	}
	return ""
}

// fileLink is the address of a form or sample and what it is, "" if there is
// nothing to load.
func (v *guide) fileLink(slot, ref string) (href, label string) {
	if f, ok := catalog.ParseFile(ref); ok {
		return "/items/" + v.ID + "/files/" + slot + "/" + url.PathEscape(f.Name), "（" + strings.ToUpper(f.Kind()) + "，" + ui.Size(f.Size) + "）"
	}
	return catalog.FileAddress(ref), ""
}

// commonBasis is the basis that every material rests on, "" if they differ.
func (v *guide) commonBasis() string {
	basis := ""
	for _, m := range v.Materials {
		if basis == "" {
			basis = m.Basis
		}
		if m.Basis != basis {
			return ""
		}
	}
	if len(v.Materials) < 2 {
		return ""
	}
	return basis
}

// way is the picture of the procedure for the applicant: what the offices do, and
// at each step what is left to do for oneself.
func (v *guide) way() []ui.LaneStep {
	if v.Process == nil {
		return nil
	}
	trips := map[string]int{} // by the touchpoint that one settles
	for i, t := range v.Ways.Trips {
		for _, id := range t.Settles {
			trips[id] = i + 1
		}
	}
	var out []ui.LaneStep
	for _, s := range v.Process.Steps {
		l := ui.LaneStep{Who: v.shortUnit(s.Unit), What: orText(s.Name, s.Kind)}
		switch {
		case s.Days > 0:
			l.Days = strconv.FormatFloat(s.Days, 'f', -1, 64) + " 个工作日"
		case !s.Waits:
			l.Days = "当场"
		}
		var come, far []string
		for _, t := range v.Process.Touchpoints {
			// One comes at the last step by which it must be done.
			if t.To != s.ID {
				continue
			}
			duty := v.dutyWord(t.Duty)
			if n := trips[t.ID]; n > 0 {
				l.Trip = n
				come = append(come, duty)
			} else {
				far = append(far, duty+bracket(strings.Join(t.Remote, "、")))
			}
		}
		if len(come) > 0 {
			l.Note = "您来" + strings.Join(come, "、") + "。"
		}
		if len(far) > 0 {
			l.Own = true
			l.Note += "您不用到场：" + strings.Join(far, "、") + "。"
		}
		out = append(out, l)
	}
	return out
}

// shortUnit is a unit's name without the county's.
func (v *guide) shortUnit(name string) string {
	if rest, ok := strings.CutPrefix(name, strings.TrimSuffix(v.UnitName, v.Short)); ok && rest != "" {
		return rest
	}
	return name
}

// telHref makes a number dialable: the digits before an extension.
func telHref(phone string) string {
	digits := strings.Builder{}
	for _, r := range phone {
		switch {
		case r >= '0' && r <= '9' || r == '+':
			digits.WriteRune(r)
		case r == '转' || r == '、' || r == ',' || r == '，' || r == ';' || r == '；' || r == '/':
			if digits.Len() > 0 {
				return "tel:" + digits.String()
			}
		}
	}
	return "tel:" + digits.String()
}

// isPhone reports whether a way to enquire is a number one can dial; addresses
// and sites are shown as text.
func isPhone(s string) bool {
	return len(telHref(s)) >= len("tel:")+5 && !strings.Contains(s, "@") && !strings.Contains(s, "://")
}

// elementLines is an element's content, a line a field, the field's name before
// it where the element has several.
func elementLines(it *catalog.Item, e *catalog.Element) []string {
	var out []string
	fields := e.Fields()
	for _, f := range fields {
		text := f.Get(it)
		if text == "" {
			continue
		}
		if len(fields) > 1 {
			text = f.Label + "：" + text
		}
		out = append(out, strings.Split(text, "\n")...)
	}
	if len(out) == 0 {
		return []string{"—"}
	}
	return out
}

// whoTerms says who can apply and how else than in person.
func whoTerms(v *guide) []ui.Term {
	terms := []ui.Term{{Label: "服务对象", Value: orText(strings.Join(v.Item.Audience, "、"), "请先打电话问")}}
	if f := v.firms(); f != "" {
		terms = append(terms, ui.Term{Label: "企业和单位", Value: f})
	}
	return append(terms, ui.Term{Label: "请人代办", Value: strings.Join(v.agents(), "")}, ui.Term{Label: "没有手机的", Value: v.offline()})
}
