package lint

import (
	"slices"
	"strconv"
	"strings"

	"onevisit/internal/domain/catalog"
)

// wenzhou names where the rules of this file come from. The conditions are
// facts, restated; two of the seventeen (W10 fee basis and standard, W16 sample
// of the result) are elements of the 36, and E01 reports them as errors.
const wenzhou = "温州市2018年事项自查规则（见于公开源代码，仓库未署名；只转述条件）"

// The consistency rules that a city's own checker ran over its items in the
// year of the plan. They hold pairs of elements against each other, so each is
// a title, what it asks for, and a condition. Where a contradiction is an error
// of E02 or E03, the rule here keeps silent.
func init() {
	for _, w := range []struct {
		code, title, why string
		check            func(*catalog.Item, *Report)
	}{
		{"W01", "承诺即办，办件类型不是即办件", "承诺办结时限为即办的，办件类型应为即办件，窗口当场审查、当场办结。", onSpotType},
		{"W02", "承诺时限不是即办，办件类型不是承诺件", "承诺办结时限不是即办的，办件类型应为承诺件。", promisedType},
		{"W03", "结果名称是证，结果类型不是证照", "结果名称以“证”“证书”“执照”结尾的，结果类型应为证照（出证办结）。", resultKind("证", "证照", "出证办结", "证", "证书", "执照")},
		{"W04", "结果名称是文，结果类型不是批文", "结果名称以“文”结尾的，结果类型应为批文（出文办结）。", resultKind("文", "批文", "出文办结", "文", "文件")},
		{"W05", "结果名称是批复，结果类型不是批文", "结果名称以“批复”结尾的，结果类型应为批文（审批办结）。", resultKind("批复", "批文", "审批办结", "批复")},
		{"W06", "须到现场，没有说明原因", "到办事现场次数不为0的，逐次说明为什么必须到现场；说不出原因的，就应当减掉。", visitReason},
		{"W07", "不须到现场，却填写了必须到现场的原因", "到办事现场次数为0的，必须现场办理原因填“无”。", noVisitReason},
		{"W08", "零次到现场，却没有不到场的申请方式", "到办事现场次数为0而不支持网办的，办理形式中要有快递申请，否则群众无从申请。", noVisitChannel},
		{"W09", "全程网办，却要到现场", "网上办理深度为全程网办（Ⅳ级）的，到办事现场次数应为0。", fullyOnline},
		{"W10", "收费事项不支持网上支付", "收费的，除收费项目、标准、依据（要素27）外，还要写明能否网上支付；不能的，群众要为缴费到场。", paidOnline},
		{"W11", "咨询、投诉没有电话，电话没有区号，或者两者相同", "咨询电话和投诉电话都要有，带区号，并且不同：投诉不能打到承办人员手里。", phonesOfBoth},
		{"W12", "服务对象与主题分类不一致", "面向自然人的主题，服务对象应有自然人；面向法人的主题，服务对象应有法人或者其他组织。", topicAudience},
		{"W13", "行政许可没有常见问题", "行政许可至少列出一条常见问题及解答。", permitFAQ},
		{"W14", "办理地点没有联系电话，或者与投诉电话相同", "每个办理地点留一个带区号的联系电话，不得与投诉电话相同；只有一处的，咨询电话即是。", placePhone},
		{"W15", "行政许可的办理环节不全", "行政许可的办理环节要写出受理、审查、决定、送达（制证），群众和监督部门才知道走到哪一步；当场办结的不要求审查环节。", permitSteps},
		{"W17", "不收费，却支持网上支付", "不收费的事项没有可以支付的，网上支付应填“否”。", freePayment},
	} {
		Register(&Rule{Code: w.code, Title: w.title, Why: w.why, Source: wenzhou, Clause: "P-1.1", Severity: Warning, Scope: ScopeItem,
			Check: func(s *Subject, r *Report) { w.check(s.Item, r) }})
	}
}

func onSpotType(it *catalog.Item, r *Report) {
	if it.PromisedLimit.OnSpot() && it.CaseType != "" && it.CaseType != catalog.CaseOnSpot && it.CaseType != catalog.CasePromised {
		r.Add("case_type", it.CaseType, "承诺办结时限为“即办”，办件类型却是“%s”。", it.CaseType).Do("办件类型改为“即办件”。").RepairBy("case_type", catalog.CaseOnSpot)
	}
}

func promisedType(it *catalog.Item, r *Report) {
	if l := it.PromisedLimit; l.Given() && l.N > 0 && it.CaseType != "" && it.CaseType != catalog.CaseOnSpot && it.CaseType != catalog.CasePromised {
		r.Add("case_type", it.CaseType, "承诺办结时限为%s，办件类型却是“%s”。", catalog.FormatLimit(l), it.CaseType).Do("办件类型改为“承诺件”。").RepairBy("case_type", catalog.CasePromised)
	}
}

// resultKind asks for a kind of result that fits the end of its name: national
// by the national list, local by the city's.
func resultKind(end, national, local string, suffixes ...string) func(*catalog.Item, *Report) {
	return func(it *catalog.Item, r *Report) {
		kind := it.Result.Kind
		// 无 with a name is a contradiction of E03.
		if kind == "" || kind == national || kind == local || kind == "无" {
			return
		}
		// 批复 ends in 复, 证明文 in 文: the suffixes do not overlap.
		if name := strings.TrimSpace(it.Result.Name); slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) }) {
			r.Add("result.kind", kind, "结果名称“%s”是%s，结果类型却是“%s”。", clip(name), end, kind).Do("结果类型改为“%s”，或者更正结果名称。", national).RepairBy("result.kind", national)
		}
	}
}

func noReason(it *catalog.Item) bool {
	return isBlank(it.VisitsReason) || strings.TrimSpace(it.VisitsReason) == "无"
}

func visitReason(it *catalog.Item, r *Report) {
	if it.Visits != nil && *it.Visits > 0 && noReason(it) {
		r.Add("visits_reason", it.VisitsReason, "到办事现场次数为%d次，没有说明必须现场办理的原因。", *it.Visits).Do("写明每次须到现场的原因；说不出原因的，改为不到场办理。")
	}
}

func noVisitReason(it *catalog.Item, r *Report) {
	if it.Visits != nil && *it.Visits == 0 && !noReason(it) {
		r.Add("visits_reason", it.VisitsReason, "到办事现场次数为0次，却填写了必须现场办理的原因“%s”。", clip(it.VisitsReason)).Do("无须到现场的填“无”；须到现场的，更正次数。").RepairBy("visits_reason", "无")
	}
}

func noVisitChannel(it *catalog.Item, r *Report) {
	if it.Visits == nil || *it.Visits > 0 || it.Online.Available || len(it.Channels) == 0 {
		return
	}
	for _, c := range it.Channels {
		if name := channelDict.Normalise(c); name != "窗口办理" && name != "其他" {
			return
		}
	}
	r.Add("channels", strings.Join(it.Channels, catalog.ListSeparator), "到办事现场次数为0次，但不能网上办理，办理形式只有“%s”。", strings.Join(it.Channels, "、")).
		Do("写明申请人不到现场怎样申请，例如快递申请；须到现场的，更正次数。")
}

func fullyOnline(it *catalog.Item, r *Report) {
	if it.Visits != nil && *it.Visits > 0 && (strings.Contains(it.Online.Depth, "Ⅳ") || strings.Contains(it.Online.Depth, "全程网办")) {
		r.Add("visits", strconv.Itoa(*it.Visits), "网上办理深度为“%s”（全程网办），到办事现场次数却是%d次。", clip(it.Online.Depth), *it.Visits).Do("全程网办的次数应为0；须到现场的，网上办理深度不能是Ⅳ级。")
	}
}

func paidOnline(it *catalog.Item, r *Report) {
	if it.Fee.Charged && !it.OnlinePayment {
		r.Add("online_payment", "否", "事项收费，却不支持网上支付，群众须为缴费到场。").Do("开通网上支付；暂不能开通的，说明理由。")
	}
}

func phonesOfBoth(it *catalog.Item, r *Report) {
	for _, x := range [...]struct {
		key, label string
		values     []string
	}{{"enquiry", "咨询方式", it.Enquiry}, {"complaint", "监督投诉方式", it.Complaint}} {
		if noText(x.values) {
			continue // E01 says so
		}
		any := false
		for _, v := range x.values {
			for _, n := range phonesIn(v) {
				any = true
				// A text that is nothing but a number is judged by E02.
				number, _, _ := strings.Cut(n, "转")
				if msg := phoneFault(number); msg != "" && !isPlainNumber(v) {
					r.Add(x.key, n, "%s中的电话“%s”%s。", x.label, n, msg).Do("写成区号-号码，例如 0319-1234567。")
				}
			}
		}
		if !any {
			r.Add(x.key, x.values[0], "%s“%s”中没有电话。", x.label, clip(x.values[0])).Do("写明带区号的电话，例如 0319-1234567。")
		}
	}
	// E03 compares whole texts; here the numbers inside them.
	for _, c := range it.Complaint {
		if isNumber(c) && slices.Contains(it.Enquiry, c) {
			continue
		}
		for _, n := range phonesIn(c) {
			if len(n) >= 10 && slices.ContainsFunc(it.Enquiry, func(e string) bool { return slices.Contains(phonesIn(e), n) }) {
				r.Add("complaint", n, "监督投诉电话%s与咨询电话相同。", n).Do("投诉电话须由承办人员以外的人接听，请另填一个号码。")
				return
			}
		}
	}
}

// isPlainNumber reports a text without words.
func isPlainNumber(v string) bool { return strings.Trim(plainPhone.Replace(v), "0123456789-+*") == "" }

// plainPhone writes the signs of telephone numbers in one way.
var plainPhone = strings.NewReplacer("（", "", "）", "", "(", "", ")", "", "－", "-", "—", "-", "–", "-", "‐", "-", " ", "", "　", "")

// phonesIn finds the telephone numbers in a text: 3 digits (110) or 5 and more,
// not a time or a date. An extension (转2) is part of its number.
func phonesIn(s string) []string {
	s = plainPhone.Replace(s)
	var out []string
	for i := 0; i < len(s); {
		if s[i] < '0' || s[i] > '9' {
			i++
			continue
		}
		j, digits := i, 0
		for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == '-') {
			if s[j] != '-' {
				digits++
			}
			j++
		}
		n := strings.TrimRight(s[i:j], "-")
		ext := 0
		if rest, ok := strings.CutPrefix(s[j:], "转"); ok {
			for ext < len(rest) && rest[ext] >= '0' && rest[ext] <= '9' {
				ext++
			}
			if ext > 0 {
				ext += len("转")
			}
		}
		if digits >= 7 || digits >= 5 && (n[0] == '1' || n[0] == '9') || digits == 3 && n[0] == '1' && len(n) == 3 {
			out = append(out, n+s[j:j+ext])
		}
		i = j + ext
	}
	return out
}

// Topics of the national classification that are for natural persons alone, and
// for legal persons alone. The others are for both, or places use them for both.
var (
	personTopics = []string{"生育收养", "户籍办理", "入伍服役", "婚姻登记", "优待抚恤", "出境入境", "离职退休", "死亡殡葬"}
	bodyTopics   = []string{"资质认证", "年检年审", "税收财务", "投资审批", "融资信贷", "抵押质押", "商务贸易", "招标拍卖", "海关口岸", "检验检疫", "破产注销"}
)

func topicAudience(it *catalog.Item, r *Report) {
	if len(it.Topics) == 0 || len(it.Audience) == 0 {
		return
	}
	person, body := false, false
	for _, a := range it.Audience {
		switch audienceDict.Normalise(a) {
		case "自然人":
			person = true
		default:
			body = true
		}
	}
	for _, t := range it.Topics {
		switch {
		case !person && slices.Contains(personTopics, t):
			r.Add("topics", t, "主题“%s”面向自然人，服务对象“%s”中却没有自然人。", t, strings.Join(it.Audience, "、")).Do("核对主题分类和服务对象。")
		case !body && slices.Contains(bodyTopics, t):
			r.Add("topics", t, "主题“%s”面向法人，服务对象却只有自然人。", t).Do("核对主题分类和服务对象。")
		}
	}
}

const permit = "行政许可"

func permitFAQ(it *catalog.Item, r *Report) {
	if it.Type == permit && len(it.FAQ) == 0 {
		r.Add("faq", "", "行政许可没有列出常见问题。").Do("至少写一条群众常问的问题和解答。")
	}
}

func placePhone(it *catalog.Item, r *Report) {
	for i := range it.Places {
		p := &it.Places[i]
		switch {
		case isBlank(p.Address) && isBlank(p.Name), noWindow(p):
			// E01 asks for the place first; a place that is none has no telephone.
		case isBlank(p.Phone) && len(it.Places) == 1 && !noText(it.Enquiry):
			// With one place the telephone for enquiries is that of the place.
		case isBlank(p.Phone):
			r.Add(at("places", i, "phone"), "", "办理地点“%s”没有联系电话。", placeTitle(p)).Do("填写该地点带区号的电话。")
		case isNumber(p.Phone) && slices.Contains(it.Complaint, p.Phone):
			r.Add(at("places", i, "phone"), p.Phone, "办理地点“%s”的联系电话%s与投诉电话相同。", placeTitle(p), p.Phone).Do("核对两个号码。")
		}
	}
}

func placeTitle(p *catalog.Place) string {
	if isBlank(p.Name) {
		return clip(p.Address)
	}
	return p.Name
}

// permitStages are the stages that the steps of a permit show, by the kinds or
// the words of steps that stand for each.
var permitStages = []struct {
	name  string
	words []string
}{
	{"受理", []string{"受理", "收件"}},
	{"审查", []string{"审查", "审核", "初审", "复审", "核查", "勘", "评审"}},
	{"决定", []string{"决定", "审批", "批准", "核准", "审定", "办结"}},
	{"送达", []string{"送达", "制证", "发证", "领取", "颁证", "出证"}},
}

func permitSteps(it *catalog.Item, r *Report) {
	if it.Type != permit || it.Process == nil || len(it.Process.Steps) == 0 {
		return
	}
	var lacks []string
	for _, stage := range permitStages {
		if stage.name == "审查" && it.CaseType == catalog.CaseOnSpot {
			continue
		}
		if !slices.ContainsFunc(it.Process.Steps, func(st catalog.Step) bool {
			return slices.ContainsFunc(stage.words, func(w string) bool { return strings.Contains(st.Kind, w) || strings.Contains(st.Name, w) })
		}) {
			lacks = append(lacks, stage.name)
		}
	}
	if len(lacks) > 0 {
		r.Add("process.steps", "", "办理环节中没有%s。", strings.Join(lacks, "、")).Do("补写环节，或者在环节名称中写明。")
	}
}

func freePayment(it *catalog.Item, r *Report) {
	if !it.Fee.Charged && it.OnlinePayment {
		r.Add("online_payment", "是", "不收费的事项填写了支持网上支付。").Do("不收费的填“否”；收费的，把是否收费改为“是”并填写收费标准。").RepairBy("online_payment", "否")
	}
}
