package demo

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/onceonly"
	"onevisit/internal/domain/org"
)

const (
	hall     = "广宗县政务服务大厅"
	hallSite = "综合窗口"
)

// shape is how an item is handled in the demonstration. The shapes are the
// situations that the counting method distinguishes (docs/reform/visits.md).
type shape int

const (
	onSpot    shape = iota // everything in one stay
	online                 // applied, paid and delivered without coming
	express                // hand in once, the result comes by express
	twoTrips               // hand in, wait, collect
	originals              // applied online, originals shown when collecting
	bank                   // on the spot, but the fee is paid at a bank outside the hall
	township               // handed in at the township, carried to the county, collected at the township
	interview              // presence required by law, then collect
	survey                 // site survey at the applicant's premises, then collect at the window
	answer                 // a question, answered at once, by telephone or on the web
	shapes
)

// shares is how often each shape occurs for an item type, in percent; the rest
// are twoTrips. They are invented so that a county has work to do.
var shares = map[string][shapes]int{
	"行政许可":   {onSpot: 14, online: 8, express: 16, originals: 12, bank: 5, township: 3, interview: 3, survey: 12},
	"公共服务":   {onSpot: 34, online: 18, express: 8, originals: 6, bank: 3, township: 5, interview: 2},
	"行政确认":   {onSpot: 26, online: 6, express: 10, originals: 14, interview: 10, survey: 4},
	"其他行政权力": {onSpot: 24, online: 12, express: 14, originals: 10, survey: 4},
	"行政给付":   {onSpot: 10, online: 4, express: 10, township: 36, originals: 10},
}

// dice gives the same number below n for the same item and purpose, always.
func dice(it *catalog.Item, purpose string, n int) int {
	h := fnv.New64a()
	h.Write([]byte(it.Unit + "\x00" + it.Name + "\x00" + purpose))
	return int((h.Sum64() >> 11) % uint64(n))
}

func pickShape(it *catalog.Item, k org.UnitKind) shape {
	switch {
	case asks(it):
		return answer
	case presence(it) != "":
		return express
	}
	d := dice(it, "shape", 100)
	for s, share := range shares[it.Type] {
		if d < share {
			if shape(s) == township && k == org.KindTownship {
				return twoTrips
			}
			return shape(s)
		}
		d -= share
	}
	return twoTrips
}

// basisOf is the general law a type rests on; it is a template, not the item's
// own basis, which the sources do not give.
var basisOf = map[string]string{
	"行政许可":   "《中华人民共和国行政许可法》第十二条",
	"行政确认":   "《优化营商环境条例》（国务院令第722号）第三十六条",
	"其他行政权力": "《优化营商环境条例》（国务院令第722号）第三十五条",
	"公共服务":   "《优化营商环境条例》（国务院令第722号）第三十七条",
	"行政给付":   "《社会救助暂行办法》（国务院令第649号）第三条",
	"行政奖励":   "《优化营商环境条例》（国务院令第722号）第三十五条",
	"行政裁决":   "《优化营商环境条例》（国务院令第722号）第三十五条",
}

// typeCodes are positions 3–4 of the basic code (GB/T 39046 A.1).
var typeCodes = map[string]string{"行政许可": "01", "行政给付": "05", "行政确认": "07", "行政奖励": "08", "行政裁决": "09", "其他行政权力": "10", "公共服务": "20"}

// items builds the whole county list.
func items(us []unitRow) []*catalog.Item {
	byName := map[string]*unitRow{}
	for i := range us {
		byName[us[i].Name] = &us[i]
	}
	serial := map[string]int{}
	seeds := table("onceonly.csv")
	var out []*catalog.Item
	for _, r := range table("items.csv") {
		u := byName[r["unit"]]
		it := &catalog.Item{Schema: catalog.Schema, Unit: u.Name, Name: r["name"], MainName: r["main_name"], Type: r["type"], LocalCode: r["source_code"]}
		key := typeCodes[it.Type] + u.Department
		serial[key]++
		it.BasicCode = "13" + key + fmt.Sprintf("%03d000", serial[key]%1000)
		fill(it, u)
		it.Source = sources[r["source"]] + "；其余内容为演示数据，按模板生成，不代表任何单位的真实办事要求"
		damage(it)
		carry(it, seeds)
		out = append(out, it)
	}
	return out
}

// fill gives an item its 36 elements and a process.
func fill(it *catalog.Item, u *unitRow) {
	level := "县级"
	digit := "4"
	if u.Kind == org.KindTownship {
		level, digit = "镇(乡、街道)级", "5"
	}
	it.Level = level
	it.ImplementationCode = u.USCC + digit + it.BasicCode
	it.PowerSource = "法定本级行使"
	it.Bases = []catalog.Basis{{Text: basisOf[it.Type]}}
	it.Body = catalog.Body{Name: u.Name, USCC: u.USCC, Nature: "法定机关"}
	if u.Kind == org.KindSubordinate || u.Kind == org.KindInstitution || u.Kind == org.KindEnterprise {
		it.Body.Nature = "授权组织"
	}
	it.Office = "政务服务股"
	it.Audience = audience(it)
	it.Topics = []string{topic(u.System)}
	it.Scope = "跨县"
	it.Enquiry = []string{u.Phone}
	it.Complaint = []string{u.Complaint, "12345"}
	site := hallSite
	addr := hall
	if u.Kind == org.KindTownship {
		addr = strings.TrimSuffix(u.Name, "人民政府") + "便民服务中心"
		site = "便民服务窗口"
	}
	it.Places = []catalog.Place{{Name: addr + site, Address: u.Address, Hours: u.Hours, Phone: u.Phone}}
	it.InHall = u.Kind != org.KindTownship
	it.Conditions = conditions(it)
	it.SpecialProcedures = []string{"无"}
	it.Quota = "无数量限制"
	it.Intermediary = "无"
	it.Result = catalog.Result{Name: resultName(it), Kind: "证照", Sample: "结果样本（演示）.pdf"}
	it.Fee = catalog.Fee{}
	it.FAQ = []catalog.QA{{Q: "可以委托他人办理吗？", A: "可以。代办人须携带委托书和本人有效身份证件；法律规定须本人到场的除外。"}}
	switch {
	case asks(it):
		it.Result = catalog.Result{Kind: "无"}
		it.FAQ = []catalog.QA{{Q: "可以打电话吗？", A: "可以，工作时间拨打咨询电话就行，不用跑。"}}
	case presence(it) != "":
		it.FAQ = []catalog.QA{{Q: "可以委托他人办理吗？", A: "不可以，法律规定本人到场；行动不便的，请打电话预约上门。"}}
	}
	it.Reform.GuidePublished = true
	it.Reform.ClearStandard = true
	materials(it)
	if dice(it, "copies", 30) == 0 && len(it.Materials) > 1 { // M04: what can be verified online is demanded on paper
		it.Materials[1].Copies = 1
	}
	process(it, u, pickShape(it, u.Kind), addr, site)
	ask(it, u, addr, site)
}

func topic(system string) string {
	if system == "" {
		return "公用事业"
	}
	return system
}

// template is a row of a table of templates: what items of certain names get.
type template struct {
	match, except []string
	row           map[string]string
}

func (t *template) fits(it *catalog.Item) bool {
	in := func(w string) bool { return strings.Contains(it.Name, w) }
	return slices.ContainsFunc(t.match, in) && !slices.ContainsFunc(t.except, in)
}

func templates(name string) func() []template {
	return sync.OnceValue(func() []template {
		var out []template
		for _, r := range table(name) {
			t := template{match: strings.Split(r["match"], "|"), row: r}
			if r["except"] != "" {
				t.except = strings.Split(r["except"], "|")
			}
			out = append(out, t)
		}
		return out
	})
}

var (
	resultTemplates   = templates("results.csv")
	materialTemplates = templates("materials.csv")
	audienceTemplates = templates("audience.csv")
	presenceTemplates = templates("presence.csv")
)

func resultName(it *catalog.Item) string {
	for _, t := range resultTemplates() {
		if t.fits(it) {
			return t.row["result"]
		}
	}
	switch it.Type {
	case "行政许可":
		return "准予行政许可决定书"
	case "行政确认":
		return "确认证明"
	case "行政给付":
		return "待遇发放通知"
	}
	return "办理结果通知书"
}

// asks reports whether the item is a question to the unit, or a time agreed with
// it, and not an application.
func asks(it *catalog.Item) bool {
	return strings.Contains(it.Name, "咨询") || strings.HasSuffix(it.Name, "预约")
}

// presence names the law by which the applicant has to be there in person.
func presence(it *catalog.Item) string {
	for _, t := range presenceTemplates() {
		if t.fits(it) {
			return t.row["law"]
		}
	}
	return ""
}

// founds reports whether what applies comes into being by the decision.
func founds(it *catalog.Item) bool {
	return slices.ContainsFunc([]string{"设立登记", "成立登记", "成立前", "筹设", "名称自主申报", "设立审批"}, func(w string) bool { return strings.Contains(it.Name, w) })
}

// audience is who may apply, as the item's name tells; where it does not, both.
func audience(it *catalog.Item) []string {
	for _, t := range audienceTemplates() {
		if t.fits(it) {
			return strings.Split(t.row["audience"], "、")
		}
	}
	return []string{"自然人", "企业法人"}
}

// conditions are such as hold for any item of its kind; the sources do not give
// the item's own.
func conditions(it *catalog.Item) []string {
	if asks(it) && strings.Contains(it.Name, "咨询") {
		return []string{"任何人都可以咨询，不用证件"}
	}
	if asks(it) {
		return []string{"预约时填写姓名和证件号码；办理当天按预约的时间到场"}
	}
	var out []string
	if slices.Contains(it.Audience, "自然人") {
		out = append(out, "申请人年满十八周岁；未满十八周岁的，由监护人代为申请")
	}
	if slices.Contains(it.Audience, "企业法人") && !founds(it) {
		out = append(out, "单位申请的，已经依法登记，没有被吊销、注销")
	}
	if it.Type == "行政给付" {
		out = append(out, "申请人在本县居住或者户籍在本县")
	}
	return append(out, "材料清单列明的材料齐全、真实，都在有效期内")
}

func materials(it *catalog.Item) {
	if asks(it) {
		it.NoMaterials = true
		return
	}
	it.Materials = []catalog.Material{
		{ID: "m1", Name: it.Name + "申请表", Kind: "申请表格文书", Basis: it.Bases[0].Text, Issuer: catalog.IssuerApplicant, Originals: 1,
			Medium: "纸质/电子化", Need: catalog.NeedRequired, Role: catalog.RoleMain, Form: file("form.docx", "空白申请表（演示）.docx"), Sample: file("sample.pdf", "申请表填写样例（演示）.pdf")},
		{ID: "m2", Name: "申请人有效身份证件", Standard: "居民身份证", Kind: "证件证书证明", Basis: it.Bases[0].Text, Issuer: catalog.IssuerGovernment,
			IssuerUnit: "公安机关", Medium: "电子化", Need: catalog.NeedRequired, Role: catalog.RoleMain, Verify: "人口基础信息库", Licence: "居民身份证", Notes: "只填证件号码，由窗口联网核验，不收取原件和复印件"},
	}
	if slices.Contains(it.Audience, "企业法人") && !founds(it) {
		it.Materials = append(it.Materials, catalog.Material{ID: "m3", Name: "营业执照", Standard: "营业执照", Kind: "证件证书证明", Basis: it.Bases[0].Text,
			Issuer: catalog.IssuerGovernment, IssuerUnit: "市场监督管理部门", Medium: "电子化", Need: catalog.NeedOptional, Verify: "国家企业信用信息公示系统",
			Licence: "营业执照", Notes: "只填统一社会信用代码，由窗口核验"})
	}
	if dice(it, "defer", 2) == 0 {
		name := "办理场所或条件的说明"
		if len(it.Audience) == 1 && it.Audience[0] == "自然人" {
			name = "近期免冠证件照片"
		}
		it.Materials = append(it.Materials, catalog.Material{ID: "m4", Name: name, Kind: "其他", Basis: it.Bases[0].Text,
			Issuer: catalog.IssuerApplicant, Originals: 1, Medium: "纸质/电子化", Need: catalog.NeedDeferred, Role: catalog.RoleDefer,
			Defer: catalog.Defer{Days: 3, Channels: []string{"网站", "电子邮件", "即时通讯"}}})
	}
	for _, t := range materialTemplates() {
		if t.fits(it) {
			it.Materials = append(it.Materials, material(it, t.row["material"], t.row["from"]))
		}
	}
}

// material is one of the templates' materials. What licence libraries hold is
// asked for by its number alone, as P-3.3.1 wants it.
func material(it *catalog.Item, name, from string) catalog.Material {
	m := catalog.Material{ID: fmt.Sprintf("m%d", len(it.Materials)+5), Name: name, Kind: "其他", Basis: it.Bases[0].Text, Issuer: catalog.IssuerOther, IssuerUnit: from,
		Originals: 1, Medium: "纸质/电子化", Need: catalog.NeedRequired, Role: catalog.RoleMain}
	switch from {
	case "申请人":
		m.Issuer, m.IssuerUnit = catalog.IssuerApplicant, ""
	case "证照":
		m.Kind, m.Issuer, m.IssuerUnit = "证件证书证明", catalog.IssuerGovernment, "核发该证照的部门"
		m.Originals, m.Need, m.Verify, m.Licence, m.Notes = 0, catalog.NeedOptional, "全省电子证照库", name, "只填证照编号，由工作人员调取"
	}
	return m
}

// carry makes some items demand what offices have already (P-3.3.1), for the
// graph of materials to find; a table says which and what is to be found.
func carry(it *catalog.Item, seeds []map[string]string) {
	for _, s := range seeds {
		if s["unit"] != it.Unit || s["item"] != it.Name {
			continue
		}
		m := material(it, s["material"], "")
		m.Kind, m.Issuer, m.IssuerUnit, m.Medium = "证件证书证明", catalog.IssuerGovernment, s["from"], "纸质"
		m.Originals, m.Copies = 0, 1
		it.Materials = slices.DeleteFunc(it.Materials, func(o catalog.Material) bool { return onceonly.Plain(o.Name) == onceonly.Plain(m.Name) })
		it.Materials = append(it.Materials, m)
	}
}

// process gives the item its steps, touchpoints, sites and everything that
// follows from them: limits, kind of case, channels, visits.
func process(it *catalog.Item, u *unitRow, s shape, place, window string) {
	level := "县"
	h := hall
	if u.Kind == org.KindTownship {
		level, h = "乡", place
	}
	p := &catalog.Process{MainHall: h, Sites: []catalog.Site{{ID: "w1", Name: window, Hall: h, Unit: u.Name}}}
	it.Process = p
	step := func(id, name, kind string, days float64, waits bool) {
		p.Steps = append(p.Steps, catalog.Step{ID: id, Name: name, Kind: kind, Unit: u.Name, Level: level, Days: days, Waits: waits})
	}
	touch := func(duty, from, to, site string, remote ...string) *catalog.Touchpoint {
		p.Touchpoints = append(p.Touchpoints, catalog.Touchpoint{ID: fmt.Sprintf("t%d", len(p.Touchpoints)+1), Duty: duty, From: from, To: to, Site: site, Remote: remote})
		return &p.Touchpoints[len(p.Touchpoints)-1]
	}
	days := 3 + dice(it, "days", 8)
	legal := days * 2
	if it.Type == "行政许可" {
		legal = 20
	}
	// A fifth and more is cut (P-3.3.3), except where the late unit has not
	// begun.
	current := days + max(1+dice(it, "cut", 4), (days+3)/4)
	if u.Short == "县气象局" {
		current = days + 1
	}
	it.Channels = []string{"窗口办理"}
	it.Online = catalog.Online{System: "省级"}
	if s == answer {
		days, legal, current = 0, 20, 3
		it.CaseType = catalog.CaseOnSpot
		it.Reform.FormalOnly = true
		p.FormalCheck = true
		if strings.Contains(it.Name, "咨询") {
			step("s1", "接受咨询", "受理", 0, false)
			step("s2", "当场答复", "决定", 0, false)
		} else {
			step("s1", "接受预约", "受理", 0, false)
			step("s2", "确认时间", "决定", 0, false)
		}
	} else if s == onSpot || s == bank {
		days, legal, current = 0, 20, 3
		it.CaseType = catalog.CaseOnSpot
		it.Reform.FormalOnly = true
		p.FormalCheck = true
		step("s1", "窗口收件受理", "受理", 0, false)
		step("s2", "当场审查决定", "决定", 0, false)
		step("s3", "制证送达", "送达", 0, false)
	} else {
		it.CaseType = catalog.CasePromised
		step("s1", "窗口收件受理", "受理", 0, true)
		switch s {
		case survey:
			step("s2", "现场踏勘", "现场踏勘", 2, true)
			step("s3", "审查", "审查", float64(days-2), true)
			it.Reform.SiteSurvey = true
		case township:
			step("s2", "乡镇初审并上报", "审查", 2, true)
			step("s3", "县级审查", "审查", float64(days-2), true)
		default:
			step("s2", "审查", "审查", float64(days-1), true)
			step("s3", "决定", "决定", 1, true)
		}
		step("s4", "制证送达", "送达", 0, false)
	}
	last := p.Steps[len(p.Steps)-1].ID
	switch s {
	case answer:
		touch(catalog.DutySubmit, "s1", "s1", "w1", "网上")
	case onSpot:
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutyCollect, last, last, "w1")
	case online:
		touch(catalog.DutySubmit, "s1", "s1", "w1", "网上")
		touch(catalog.DutyIdentify, "s1", "s1", "w1", "网上")
		touch(catalog.DutyCollect, last, last, "w1", "快递", "网上")
	case express:
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutyOriginals, "s1", "s1", "w1").Shared = true
		if law := presence(it); law != "" {
			touch(catalog.DutyIdentify, "s1", "s1", "w1").Law = law
		}
		touch(catalog.DutyCollect, last, last, "w1", "快递")
	case twoTrips:
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutyOriginals, "s1", "s1", "w1").Shared = true
		touch(catalog.DutyCollect, last, last, "w1")
	case originals:
		touch(catalog.DutySubmit, "s1", "s1", "w1", "网上")
		touch(catalog.DutyOriginals, "s1", last, "w1")
		touch(catalog.DutyCollect, last, last, "w1")
	case bank:
		p.Sites = append(p.Sites, catalog.Site{ID: "b1", Name: "代收银行网点", Unit: "中国农业银行广宗县支行", Movable: true})
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutyPay, "s2", "s2", "b1")
		touch(catalog.DutyCollect, last, last, "w1")
		it.Fee = catalog.Fee{Charged: true, Items: []catalog.FeeItem{{Name: "工本费", Standard: "10元/件（演示）", Basis: "《河北省行政事业性收费项目目录》（演示）", Reduction: "低保对象免收"}}}
	case township:
		p.Sites = append(p.Sites, catalog.Site{ID: "x1", Name: "乡镇便民服务窗口", Hall: "乡镇便民服务中心", Unit: "乡镇人民政府"})
		p.Steps[0].Level, p.Steps[1].Level = "乡", "乡"
		p.Steps[0].Unit, p.Steps[1].Unit = "乡镇人民政府", "乡镇人民政府"
		touch(catalog.DutySubmit, "s1", "s1", "x1")
		touch(catalog.DutyCarry, "s3", "s3", "w1").Between = "level"
		touch(catalog.DutyCollect, last, last, "x1")
	case interview:
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutyInterview, "s2", "s2", "w1").Law = "《中华人民共和国行政许可法》第三十四条"
		touch(catalog.DutyCollect, last, last, "w1", "快递")
	case survey:
		touch(catalog.DutySubmit, "s1", "s1", "w1")
		touch(catalog.DutySurvey, "s2", "s2", "w1", "上门")
		touch(catalog.DutyCollect, last, last, "w1")
	}
	wd := func(n int) catalog.Limit { return catalog.Limit{N: n, Unit: catalog.UnitWorkday} }
	it.LegalLimit, it.CurrentLimit, it.PromisedLimit = wd(legal), wd(current), wd(days)
	for _, t := range p.Touchpoints {
		for _, r := range t.Remote {
			switch {
			case t.Duty == catalog.DutySubmit && r == "网上":
				it.Channels = append(it.Channels, "电脑端网上办理")
				it.Online = catalog.Online{Available: true, Depth: "互联网预审", System: "省级", URL: applyAt(it.Name)}
				it.Reform.PreReview = true
				if s == answer {
					it.Online.Depth, it.Reform.PreReview = "互联网咨询", false
				}
			case r == "快递":
				it.Express = true
			}
		}
	}
	n := map[shape]int{answer: 0, onSpot: 1, online: 0, express: 1, twoTrips: 2, originals: 1, bank: 2, township: 3, interview: 2, survey: 2}[s]
	it.Visits = &n
	switch {
	case n == 0:
		it.VisitsReason = "无"
	case n == 1:
		it.VisitsReason = "须到窗口一次，提交或核验材料"
	default:
		it.VisitsReason = "须到窗口提交材料并领取结果"
	}
	it.Reform.Class = catalog.ClassMet
	if n > 1 {
		it.Reform.Class = catalog.ClassNotYet
	}
}

// sought are services that visitors look for first: they are spared.
var sought = []string{"中国内地公民婚姻登记", "社会保障卡申领", "公司设立登记", "无犯罪记录证明", "供水报装", "社会团体成立登记"}

// damage gives about one item in nine a defect that real lists have, for the
// linter to find. Which one, and whether, follows from the name alone.
func damage(it *catalog.Item) {
	if dice(it, "defect", 9) != 0 || slices.Contains(sought, it.Name) {
		return
	}
	switch dice(it, "which", 12) {
	case 0: // E01: no telephone for complaints
		it.Complaint = nil
	case 1: // T01: promised longer than the law allows
		it.PromisedLimit.N = it.LegalLimit.N + 5
	case 2: // T02: the steps do not add up
		it.Process.Steps[1].Days += 3
	case 3: // E03: on the spot, with days
		it.CaseType = catalog.CaseOnSpot
		it.PromisedLimit = catalog.Limit{N: 5, Unit: catalog.UnitWorkday}
	case 4: // V01: the published figure is too low
		n := 0
		if *it.Visits > 0 {
			n = *it.Visits - 1
		}
		it.Visits = &n
	case 5: // M01: no basis for a material
		if len(it.Materials) > 0 {
			it.Materials[len(it.Materials)-1].Basis = ""
		}
	case 6: // E02: a telephone that is none
		it.Enquiry = []string{"电话见门户网站"}
	case 7: // K01: wrong check digit
		it.Body.USCC = it.Body.USCC[:17] + nextDigit(it.Body.USCC[17])
		it.ImplementationCode = it.Body.USCC + it.ImplementationCode[18:]
	case 8: // B01: a basis nobody can find
		it.Bases = []catalog.Basis{{Text: "按上级有关文件规定执行"}}
	case 9: // V02: claims what the process does not give
		it.Reform.Class = catalog.ClassMet
		if *it.Visits <= 1 {
			it.Reform.Class = catalog.ClassNotYet
		}
	case 10: // G01: nobody is told where and when
		it.Places = nil
	case 11: // K01: the code of another type
		b := []byte(it.BasicCode)
		b[2], b[3] = '0', '2'
		it.BasicCode = string(b)
	}
}

func nextDigit(c byte) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY" // GB 32100
	i := strings.IndexByte(alphabet, c)
	return string(alphabet[(i+1)%len(alphabet)])
}
