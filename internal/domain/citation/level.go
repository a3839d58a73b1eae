package citation

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

// Level is the place of a norm in the hierarchy.
type Level string

// The levels, highest first, in the order of the plan's rules. The empty level
// means that neither title nor number tells.
const (
	Law               Level = "法律"
	AdminRegulation   Level = "行政法规"
	CouncilDecision   Level = "国务院决定"
	MinistryRule      Level = "部门规章"
	LocalRegulation   Level = "地方性法规"
	LocalRule         Level = "地方政府规章"
	CouncilDocument   Level = "国务院文件"
	MinistryDocument  Level = "部门文件"
	ProvinceDocument  Level = "省级文件"
	LowerDocument     Level = "市县文件"
	levelUnknown      Level = ""
	peopleRepublic          = "中华人民共和国"
	maxLocalNameRunes       = 9
)

// Levels lists the levels, highest first.
func Levels() []Level {
	return []Level{Law, AdminRegulation, CouncilDecision, MinistryRule, LocalRegulation, LocalRule, CouncilDocument, MinistryDocument, ProvinceDocument, LowerDocument}
}

// Rank is 1 for 法律 to 10 for 市县文件, and 0 for an unknown level.
func (l Level) Rank() int {
	for i, x := range Levels() {
		if x == l {
			return i + 1
		}
	}
	return 0
}

// AtLeastProvincial reports a law, regulation, rule or document of the province
// or above: what may found a material (P-3.3.1).
func (l Level) AtLeastProvincial() bool {
	return l != levelUnknown && l != LowerDocument && l.Rank() > 0
}

//go:embed data/titles.csv
var titlesCSV string

// known holds the level by title without 中华人民共和国.
var known = func() map[string]Level {
	m := map[string]Level{}
	for i, line := range strings.Split(strings.TrimSpace(titlesCSV), "\n") {
		f := strings.SplitN(line, ",", 3)
		if i > 0 && len(f) >= 2 {
			m[strings.TrimPrefix(f[0], peopleRepublic)] = Level(f[1])
		}
	}
	return m
}()

// LevelOf ranks a norm by its title and document number; either may be empty.
func LevelOf(title, number string) Level {
	short := strings.TrimPrefix(title, peopleRepublic)
	if l, ok := known[short]; ok {
		return l
	}
	if base, ok := cutTrial(short); ok {
		if l, ok := known[base]; ok {
			return l
		}
		short = base
	}
	if strings.HasPrefix(short, "国务院") && hasAnySuffix(short, "决定") {
		return CouncilDecision
	}
	if number != "" {
		if l := levelOfNumber(short, number); l != levelUnknown {
			return l
		}
	}
	if short == "" {
		return levelUnknown
	}
	return levelOfTitle(short, title != short)
}

// cutTrial takes a last （试行）, (暂行) or （2018年修正） off a title.
func cutTrial(s string) (string, bool) {
	if !strings.HasSuffix(s, "）") && !strings.HasSuffix(s, ")") {
		return s, false
	}
	i := max(strings.LastIndex(s, "（"), strings.LastIndex(s, "("))
	if i <= 0 {
		return s, false
	}
	return strings.TrimSpace(s[:i]), true
}

func levelOfNumber(title, number string) Level {
	if i := strings.Index(number, "令"); i >= 0 {
		issuer := number[:i]
		switch {
		case strings.Contains(issuer, "主席"):
			return Law
		case strings.Contains(issuer, "国务院"):
			return AdminRegulation
		case strings.Contains(issuer, "省") || strings.Contains(issuer, "自治区") || strings.Contains(issuer, "市") || strings.Contains(issuer, "州") || strings.HasSuffix(issuer, "政府"):
			return LocalRule
		case issuer == "":
			return levelUnknown
		}
		if place(title) != placeNone {
			return LocalRule
		}
		return MinistryRule
	}
	if strings.Contains(number, "公告") && (strings.Contains(number, "人大") || strings.Contains(number, "人民代表大会")) {
		return LocalRegulation
	}
	prefix := number
	if i := strings.Index(number, "〔"); i >= 0 {
		prefix = number[:i]
	} else if i := strings.Index(number, "公告"); i >= 0 {
		prefix = number[:i]
	}
	switch {
	case prefix == "":
		return levelUnknown
	case hasAnyPrefix(prefix, "国发", "国办", "国函", "国令", "国字", "国阅"):
		return CouncilDocument
	case hasAnyPrefix(prefix, "苏府"): // 苏州市, whose sign is the province's
		return LowerDocument
	}
	// A local regulation or rule is often cited with the number of the document
	// that announced it.
	if l := levelOfTitle(title, false); l == LocalRegulation || l == AdminRegulation || l == Law {
		return l
	}
	r, _ := utf8.DecodeRuneInString(prefix)
	if strings.ContainsRune(provinceSigns, r) || hasAnyPrefix(prefix, "内政", "内蒙", "兵发", "兵办") {
		return ProvinceDocument
	}
	for _, m := range ministrySigns {
		if strings.HasPrefix(prefix, m) {
			if place(title) == placeLower || strings.Contains(prefix, "市") && !strings.HasPrefix(prefix, "市监") {
				return LowerDocument
			}
			return MinistryDocument
		}
	}
	switch place(title) {
	case placeProvince:
		return ProvinceDocument
	case placeLower:
		return LowerDocument
	}
	if ministryIssuer(title) || ministryIssuer(prefix) {
		return MinistryDocument
	}
	// A sign that belongs neither to the State Council, a ministry nor a
	// province is that of a city or county (邢政, 广政).
	if strings.Contains(prefix, "政") || strings.Contains(prefix, "府") {
		return LowerDocument
	}
	return levelUnknown
}

// One-character signs of the provinces in document numbers.
const provinceSigns = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川黔云藏陕甘青宁新"

// First characters of the document numbers of the State Council's departments.
var ministrySigns = []string{
	"教", "公", "民发", "民办", "民函", "财", "人社", "国土资", "自然资", "环", "建", "交", "水", "农", "商", "文", "卫", "国卫",
	"工商", "质检", "国质检", "税总", "国税", "安监总", "食药监", "市监", "国市监", "发改", "国科", "科", "工信", "司", "林", "旅", "署", "银",
	"证监", "保监", "国资", "档", "体", "新广", "新出", "医保", "药监", "国药监", "应急", "广电", "国烟", "烟", "粮", "国粮", "邮", "国邮",
	"铁", "国铁", "民航", "国统", "国中医药", "残联", "国认", "国能", "国海", "国测", "国气", "气发", "中震", "国宗", "民委", "国管", "劳社", "劳部",
	"人发", "计", "经贸", "信部", "海", "审", "汇发", "中残联", "国密局", "国保", "国人防", "国档", "地税", "特急",
}

type placeKind uint8

const (
	placeNone placeKind = iota
	placeProvince
	placeLower
)

var provinceNames = []string{
	"北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南",
	"湖北", "湖南", "广东", "广西", "海南", "重庆", "四川", "贵州", "云南", "西藏", "陕西", "甘肃", "青海", "宁夏", "新疆", "台湾",
}

// place tells whose norm a title says it is.
func place(title string) placeKind {
	title = strings.TrimPrefix(strings.TrimPrefix(title, "中共"), "关于印发")
	title = strings.TrimLeft(title, "《〈<")
	for _, p := range provinceNames {
		rest, ok := strings.CutPrefix(title, p)
		if !ok {
			continue
		}
		switch p {
		case "北京", "天津", "上海", "重庆":
			rest = strings.TrimPrefix(rest, "市")
		default:
			if p == "吉林" && strings.HasPrefix(rest, "市") || p == "海南" && strings.HasPrefix(rest, "州") {
				return placeLower
			}
			if r, ok := strings.CutPrefix(rest, "省"); ok {
				rest = r
			} else if i := strings.Index(rest, "自治区"); i >= 0 && i <= 12 {
				rest = rest[i+len("自治区"):]
			}
		}
		if lower(rest) {
			return placeLower
		}
		return placeProvince
	}
	if strings.HasPrefix(title, "省") && !strings.HasPrefix(title, "省级") || strings.HasPrefix(title, "自治区") {
		return placeProvince
	}
	if lower(title) {
		return placeLower
	}
	return placeNone
}

// lower reports a name of a city, county or the like at the head of s.
func lower(s string) bool {
	n, prev := 0, rune(0)
	for i := 0; i < len(s); {
		if n > maxLocalNameRunes {
			return false
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		next, _ := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '市':
			if n >= 2 && !strings.ContainsRune("城超股上门集夜菜都", prev) && next != '场' && next != '容' && next != '政' {
				return true
			}
		case '县', '旗', '盟':
			if n >= 2 && prev != '市' && prev != '联' && prev != '国' && prev != '、' {
				return true
			}
		case '区', '乡', '镇':
			if n >= 2 && strings.HasPrefix(s[i:], "人民政府") {
				return true
			}
		case '州':
			if n >= 3 && prev == '治' {
				return true
			}
		case utf8.RuneError, '，', '。', '《':
			return false
		}
		prev = r
		n++
	}
	return strings.HasPrefix(s, "市人民政府") || strings.HasPrefix(s, "县人民政府")
}

// ministryIssuer reports that the text begins with a department of the State
// Council: …部, …委员会, …总局 before 关于, 办公厅 or the end of the name.
func ministryIssuer(s string) bool {
	s = strings.TrimPrefix(s, peopleRepublic)
	head := s
	if i := strings.Index(s, "关于"); i > 0 {
		head = s[:i]
	} else if !strings.HasPrefix(s, "国家") {
		return false
	} else if i := strings.Index(s, "局"); i > 0 && i <= 36 {
		head = s[:i+len("局")]
	}
	if len(head) > 120 || place(head) != placeNone {
		return false
	}
	head = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(head), "办公厅"), "办公室")
	return hasAnySuffix(head, "部", "委员会", "委", "总局", "署", "银行", "国家局") || strings.HasPrefix(head, "国家") && hasAnySuffix(head, "局", "中心") || hasAnySuffix(head, "部门", "局") && strings.HasPrefix(head, "国务院")
}

func levelOfTitle(t string, republic bool) Level {
	base, _ := cutTrial(t)
	where := place(base)
	council := strings.HasPrefix(base, "国务院")
	switch {
	case where == placeNone && isLaw(base):
		return Law
	case strings.HasPrefix(base, "全国人") && hasAnySuffix(base, "决定", "解释"):
		return Law
	case hasAnySuffix(base, "条例"), hasAnySuffix(base, "条例实施细则", "实施办法") && republic:
		switch {
		case where != placeNone:
			return LocalRegulation
		default:
			return AdminRegulation
		}
	case council && hasAnySuffix(base, "决定"):
		return CouncilDecision
	case council && !strings.HasPrefix(base, "国务院办公厅") && hasAnySuffix(base, "规定", "办法"):
		return AdminRegulation
	case council:
		return CouncilDocument
	case where != placeNone && isEnforcement(base):
		return LocalRegulation
	}
	if issuedDocument(base) {
		switch {
		case where == placeProvince:
			return ProvinceDocument
		case where == placeLower:
			return LowerDocument
		case ministryIssuer(base):
			return MinistryDocument
		}
		// 关于发布广东省……的通知: no issuer, but whose matter it is.
		for _, p := range provinceNames {
			if i := strings.Index(base, p); i > 0 && i <= 30 && (strings.HasPrefix(base[i+len(p):], "省") || place(base[i:]) == placeProvince) {
				return ProvinceDocument
			}
		}
		return levelUnknown
	}
	if hasAnySuffix(base, "规定", "办法", "细则", "规则", "规程") {
		switch where {
		case placeProvince:
			return LocalRule
		case placeLower:
			return LowerDocument
		}
		return MinistryRule
	}
	switch where {
	case placeProvince:
		return ProvinceDocument
	case placeLower:
		return LowerDocument
	}
	if ministryIssuer(base) {
		return MinistryDocument
	}
	return levelUnknown
}

// isLaw reports a title that ends in 法 as statutes do.
func isLaw(s string) bool {
	if !strings.HasSuffix(s, "法") && !strings.HasSuffix(s, "法典") || hasAnySuffix(s, notLaw...) {
		return false
	}
	return len(s) > len("法") && !strings.Contains(s, "关于")
}

var notLaw = []string{"办法", "方法", "做法", "用法", "依法", "合法", "违法", "非法", "司法", "执法", "立法", "无法", "守法", "书法", "魔法", "想法", "看法", "说法", "手法", "疗法", "普法", "枉法", "犯法", "不法", "本法", "该法"}

// isEnforcement reports 某省实施《…法》办法, made by people's congresses.
func isEnforcement(s string) bool {
	i := strings.Index(s, "实施")
	return i > 0 && i <= 36 && (strings.Contains(s, "法》") || strings.Contains(s, "法〉") || strings.Contains(s, "法>") || strings.Contains(s, peopleRepublic)) && hasAnySuffix(s, "办法", "规定", "细则", "条例")
}

// issuedDocument reports 某机关关于……的通知 and the like: a document, whatever
// it carries.
func issuedDocument(s string) bool {
	return hasAnySuffix(s, "通知", "意见", "通告", "公告", "批复", "复函", "函", "决定", "命令", "方案", "答复", "纪要", "目录", "清单") || strings.Contains(s, "关于印发") || strings.Contains(s, "人民政府关于")
}

func hasAnySuffix(s string, suffixes ...string) bool {
	for _, x := range suffixes {
		if strings.HasSuffix(s, x) {
			return true
		}
	}
	return false
}

func hasAnyPrefix(s string, prefixes ...string) bool {
	for _, x := range prefixes {
		if strings.HasPrefix(s, x) {
			return true
		}
	}
	return false
}
