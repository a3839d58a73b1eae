package visit

import (
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
)

// Set is a set of measures: bit i is measure M(i+1).
type Set uint16

// The measures (改革措施). What each does to a process stands in apply.
const (
	M1  Set = 1 << iota // 网上申报、网上预审
	M2                  // 结果快递送达
	M3                  // 网上、手机支付
	M4                  // 一窗对外、内部联办
	M5                  // 上下级内部流转
	M6                  // 证照共享、数据核验
	M7                  // 远程实名、电子签名
	M8                  // 上门、勘查、联审时补办
	M9                  // 即来即办
	M10                 // 容缺受理
	M11                 // 进驻大厅
)

// All is every measure.
const All Set = 1<<11 - 1

// Measure describes one measure.
type Measure struct {
	Set  Set
	Code string
	Name string
	Does string
}

// Measures lists the measures by number.
var Measures = []Measure{
	{M1, "M1", "网上申报、网上预审", "提交可在网上进行；核验原件可以推迟到最后一个环节"},
	{M2, "M2", "结果快递送达", "领取可由快递送达"},
	{M3, "M3", "网上、手机支付", "缴费可在网上进行"},
	{M4, "M4", "一窗对外、内部联办", "同一单位的办理地点合为一个窗口，股室之间不再转送"},
	{M5, "M5", "上下级内部流转", "上下级之间不再由申请人转送"},
	{M6, "M6", "证照共享、数据核验", "能由共享数据核验的原件不再核验"},
	{M7, "M7", "远程实名、电子签名", "身份核验和签字可在网上进行"},
	{M8, "M8", "上门、勘查、联审时补办", "补充、签字、采样在上门、勘查或联审时当场完成"},
	{M9, "M9", "即来即办", "只作形式审查的事项，各环节当场连续办完"},
	{M10, "M10", "容缺受理", "补充材料可以事后从网上或邮寄送交"},
	{M11, "M11", "进驻大厅", "能够进驻的办理地点搬进大厅"},
}

// Codes lists the codes of a set by number; never nil.
func (s Set) Codes() []string {
	out := []string{}
	for _, m := range Measures {
		if s&m.Set != 0 {
			out = append(out, m.Code)
		}
	}
	return out
}

// String joins the codes with commas.
func (s Set) String() string { return strings.Join(s.Codes(), ",") }

// Len is how many measures the set has.
func (s Set) Len() int {
	n := 0
	for ; s != 0; s &= s - 1 {
		n++
	}
	return n
}

// ParseSet reads codes; an unknown one is an Invalid fault.
func ParseSet(codes []string) (Set, error) {
	var s Set
	for _, c := range codes {
		i := slices.IndexFunc(Measures, func(m Measure) bool { return m.Code == strings.ToUpper(strings.TrimSpace(c)) })
		if i < 0 {
			return 0, fault.Invalidf("没有“%s”这项措施，可选 M1 至 M11。", c).At("measures", "未知的措施“%s”", c)
		}
		s |= Measures[i].Set
	}
	return s, nil
}

// ParseMeasures reads codes separated by commas; an empty text is the empty set.
func ParseMeasures(text string) (Set, error) {
	if strings.TrimSpace(text) == "" {
		return 0, nil
	}
	return ParseSet(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == '、' || r == ' ' }))
}
