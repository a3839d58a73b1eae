package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/app/portal"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/publication"
	"onevisit/internal/domain/visit"
	"onevisit/internal/server/web/ui"
)

// GET /items/{id}: the guide. The answers to an item's questions stand in the
// address (?q1=是), so that one's own case can be shared and printed.
func (s *Server) getGuide(q *request) error {
	g, err := s.Portal.Guide(q.Context(), q.PathValue("id"))
	if err != nil {
		return err
	}
	p := q.publicPage(g.Name)
	p.Description = fmt.Sprintf("%s（%s）：%s。办理条件、材料、时限、收费和地点。", g.Name, g.UnitName, ui.VisitWord(g.Visits))
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}, {Label: g.UnitName, Href: "/units/" + url.PathEscape(g.UnitID)}}
	if !g.Available() {
		p.Description = g.Name + "：" + standingSentence(&g.Change)
		p.NoIndex = true
		return q.render(p, goneView(g))
	}
	return q.render(p, guideView(newGuide(g, q.URL.Query())))
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

// orPhone is a number to call in any case.
func orPhone(phone string) []string {
	if phone == "" {
		return []string{"12345"}
	}
	return []string{phone}
}

// guide is the guide as one reader sees it: the whole item, or the case that
// fits the answers given.
type guide struct {
	*portal.Guide
	Process   *catalog.Process
	Ways      visit.Assessment
	Limit     catalog.Limit
	Materials []catalog.Material
	Case      string // name of the case, empty while none is chosen
	Answers   map[string]string
}

// newGuide reads the answers; those that fit no question are passed over. While
// no single case fits, the guide shows every material and the case with the most
// visits, so that nobody is promised too much.
func newGuide(g *portal.Guide, answers url.Values) *guide {
	v := &guide{Guide: g, Process: g.Item.Process, Ways: g.Assessment, Limit: g.Item.PromisedLimit, Materials: g.Item.Materials, Answers: map[string]string{}}
	sc := g.Item.Scenarios
	if sc == nil || len(sc.Leaves) == 0 {
		return v
	}
	for _, question := range sc.Questions {
		if a := answers.Get(question.ID); slices.Contains(question.Options, a) {
			v.Answers[question.ID] = a
		}
	}
	if i := sc.LeafFor(v.Answers); i >= 0 && len(v.Answers) > 0 {
		c := g.Item.Case(i)
		if a, err := visit.Assess(c.Process, 0); err == nil {
			v.Case, v.Process, v.Ways, v.Limit, v.Materials = c.Name, c.Process, a, c.Limit, c.Materials
			return v
		}
	}
	for _, l := range sc.Leaves {
		if l.Process == nil {
			continue
		}
		if a, err := visit.Assess(l.Process, 0); err == nil && a.Visits == g.Assessment.Visits && slices.EqualFunc(a.Trips, g.Assessment.Trips, sameTrip) {
			v.Process = l.Process
			break
		}
	}
	return v
}

func sameTrip(a, b visit.Trip) bool {
	return a.Slot == b.Slot && a.Place == b.Place && slices.Equal(a.Settles, b.Settles)
}

// questions are what the reader is asked first.
func (v *guide) questions() []ui.FieldView {
	if v.Item.Scenarios == nil {
		return nil
	}
	var out []ui.FieldView
	for _, q := range v.Item.Scenarios.Questions {
		f := ui.FieldView{Name: q.ID, Label: q.Text, Value: v.Answers[q.ID], Inline: true}
		for _, o := range q.Options {
			f.Options = append(f.Options, ui.Option{Value: o, Label: o})
		}
		out = append(out, f)
	}
	return out
}

// dutyWords say in plain words what one comes for.
var dutyWords = map[string]string{
	catalog.DutySubmit: "交材料", catalog.DutyOriginals: "核对原件", catalog.DutyIdentify: "核验身份", catalog.DutySign: "签字",
	catalog.DutyPay: "缴费", catalog.DutyInterview: "面谈", catalog.DutySample: "采样", catalog.DutySurvey: "陪同勘查",
	catalog.DutySupplement: "补交材料", catalog.DutyCollect: "领取结果", catalog.DutyCarry: "转送材料",
}

// why says in a sentence why the figure is what it is.
func (v *guide) why() string {
	switch {
	case v.Ways.Visits == 0:
		return "各个环节都可以不到场办理。"
	case v.Case == "" && v.Item.Scenarios != nil && len(v.Item.Scenarios.Leaves) > 1:
		return "按跑得最多的情形计算。回答下面的问题，可以看到您的情形。"
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
	promised, legal := "承诺 ", "法定 "
	if !v.Limit.Given() || v.Limit.OnSpot() {
		promised = "承诺"
	}
	if !v.Item.LegalLimit.Given() || v.Item.LegalLimit.OnSpot() {
		legal = "法定"
	}
	s := promised + v.Limit.Words() + "，" + legal + v.Item.LegalLimit.Words()
	if v.Limit.Given() && v.Limit == v.Item.LegalLimit {
		s = v.Limit.Words() + "（与法定时限相同）"
	}
	if v.Limit.Note != "" {
		s += "（" + v.Limit.Note + "）"
	}
	return s
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
	if m.Originals == 0 && m.Copies == 0 && m.Verify != "" {
		return "不用带，由窗口通过" + m.Verify + "核验"
	}
	return ""
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
	case len(names) <= 4:
		return fmt.Sprintf("%d 样：%s", len(names), strings.Join(names, "、"))
	}
	return fmt.Sprintf("%d 样：%s等", len(names), strings.Join(names[:3], "、"))
}

func (v *guide) where() string {
	var parts []string
	if v.Item.Online.Available {
		parts = append(parts, "可以网上办理"+bracket(v.Item.Online.Depth))
	}
	for _, p := range v.Item.Places {
		if n := orText(p.Name, p.Address); n != "" {
			parts = append(parts, n)
			break
		}
	}
	if v.Item.Express {
		parts = append(parts, "结果可以快递送达")
	}
	return strings.Join(parts, "；")
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
	for i, m := range v.Materials {
		c := ui.CheckItem{ID: "m" + strconv.Itoa(i+1), Label: m.Name, Free: free(m)}
		var how, note []string
		if m.Originals > 0 {
			how = append(how, fmt.Sprintf("原件 %d 份", m.Originals))
		}
		if m.Copies > 0 {
			how = append(how, fmt.Sprintf("复印件 %d 份", m.Copies))
		}
		if m.Medium != "" && c.Free == "" {
			how = append(how, m.Medium)
		}
		c.Label += bracket(strings.Join(how, "，"))
		if m.Need == catalog.NeedOptional {
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
		if m.Basis != "" {
			note = append(note, "依据："+m.Basis)
		}
		if m.Notes != "" {
			note = append(note, m.Notes)
		}
		c.Note = strings.Join(note, "；")
		out = append(out, c)
	}
	return out
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
