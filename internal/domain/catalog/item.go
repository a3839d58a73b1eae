// Package catalog holds the county's service items: the catalogue list
// (目录清单), the implementation list with its elements (实施清单) and the guide
// (办事指南). One type, Item, is all three; the lists are views of it.
//
// The JSON of an Item is the public exchange format (docs/reference/item.md).
// It carries names, never bare dictionary numbers, because the national
// standards number the same dictionary differently from place to place. The
// type is deliberately permissive: a draft holds what the unit wrote, also when
// it is wrong. What is wrong is lint's business, not the type's.
package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Schema is the version of the exchange format that Item writes.
const Schema = "onevisit/item@1"

// Item is one service item (事项). Numbers in comments are the element numbers
// of the element set.
type Item struct {
	Schema string `json:"schema"`
	// Unit is the name of the unit that owns the item in the county's register.
	Unit string `json:"unit"`
	Name string `json:"name"` // 1 事项名称
	// MainName and Variant split a name into 主项 and 办理项 (新办, 变更 …).
	MainName           string `json:"main_name,omitempty"`
	Variant            string `json:"variant,omitempty"`
	BasicCode          string `json:"basic_code,omitempty"`          // 2 基本编码
	ImplementationCode string `json:"implementation_code,omitempty"` // 5 实施编码
	HandlingCode       string `json:"handling_code,omitempty"`       // 业务办理项编码
	LocalCode          string `json:"local_code,omitempty"`

	Type  string  `json:"type,omitempty"`  // 3 事项类型
	Bases []Basis `json:"bases,omitempty"` // 4 设定依据

	Level         string `json:"level,omitempty"` // 6 行使层级
	PowerSource   string `json:"power_source,omitempty"`
	PowerDivision string `json:"power_division,omitempty"` // 7 权限划分
	PowerContent  string `json:"power_content,omitempty"`  // 8 行使内容

	Body        Body     `json:"body"`                   // 9, 10 实施机构及其性质
	Office      string   `json:"office,omitempty"`       // 11 承办机构
	JointBodies []string `json:"joint_bodies,omitempty"` // 12 联办机构
	Audience    []string `json:"audience,omitempty"`     // 13 服务对象
	Topics      []string `json:"topics,omitempty"`
	CaseType    string   `json:"case_type,omitempty"` // 14 办件类型
	Channels    []string `json:"channels,omitempty"`  // 15 办理形式

	LegalLimit Limit `json:"legal_limit"` // 16 法定办结时限
	// CurrentLimit is today's promise, frozen when the reform plan starts: the
	// base of the 20 % of P-3.3.3, never the legal limit.
	CurrentLimit  Limit `json:"current_limit"`
	PromisedLimit Limit `json:"promised_limit"` // 17 承诺办结时限

	Conditions []string   `json:"conditions,omitempty"` // 18 受理条件
	Materials  []Material `json:"materials,omitempty"`  // 19 申请材料
	// NoMaterials declares that nothing has to be handed in; without it an
	// empty list of materials is an omission.
	NoMaterials bool     `json:"no_materials,omitempty"`
	Process     *Process `json:"process,omitempty"` // 20 办理流程

	SpecialProcedures []string `json:"special_procedures,omitempty"` // 21 特别程序
	Intermediary      string   `json:"intermediary,omitempty"`       // 22 中介服务
	Quota             string   `json:"quota,omitempty"`              // 23 数量限制
	Result            Result   `json:"result"`                       // 24, 25 结果
	Fee               Fee      `json:"fee"`                          // 26, 27 收费
	Scope             string   `json:"scope,omitempty"`              // 28 通办范围
	// Visits is the published 到办事现场次数 (29); nil if the unit gave none.
	// It is a statement of the unit; the figure itself is computed by visit.
	Visits        *int   `json:"visits,omitempty"`
	VisitsReason  string `json:"visits_reason,omitempty"`
	Appointment   bool   `json:"appointment,omitempty"`    // 30 预约办理
	OnlinePayment bool   `json:"online_payment,omitempty"` // 31 网上支付
	Express       bool   `json:"express,omitempty"`        // 32 物流快递
	InHall        bool   `json:"in_hall,omitempty"`
	Online        Online `json:"online"` // 33 运行系统、网办

	Places    []Place  `json:"places,omitempty"`    // 34 办理地点和时间
	Enquiry   []string `json:"enquiry,omitempty"`   // 35 咨询方式
	Complaint []string `json:"complaint,omitempty"` // 36 监督投诉方式
	FAQ       []QA     `json:"faq,omitempty"`

	Reform    Reform     `json:"reform"`
	Scenarios *Scenarios `json:"scenarios,omitempty"`
	// Source says where the record comes from; demonstration data says so here.
	Source string `json:"source,omitempty"`
	// Extra keeps what the input had and the format does not know, by path
	// ("materials[0].颜色"), so that nothing of the input is lost.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// Basis is one legal basis as written; citation reads it.
type Basis struct {
	Text string `json:"text"`
}

// Body is the organ that exercises the power (实施机构).
type Body struct {
	Name        string `json:"name,omitempty"`
	USCC        string `json:"uscc,omitempty"`   // 统一社会信用代码
	Nature      string `json:"nature,omitempty"` // 实施主体性质
	EntrustedBy string `json:"entrusted_by,omitempty"`
}

// Limit is a time limit. Unit is 工作日, 自然日, 小时, 月 or 年; an empty Unit
// means that no limit is given. N 0 with 工作日 means on the spot (即办).
type Limit struct {
	N    int    `json:"n"`
	Unit string `json:"unit,omitempty"`
	Note string `json:"note,omitempty"`
}

// Given reports whether a limit was stated at all.
func (l Limit) Given() bool { return l.Unit != "" }

// OnSpot reports whether the limit means 即办.
func (l Limit) OnSpot() bool { return l.Unit == UnitWorkday && l.N == 0 }

// Words says a limit as people do: 7 个工作日, 当场办结; one that is not given
// is said so.
func (l Limit) Words() string {
	switch {
	case !l.Given():
		return "时限未规定"
	case l.OnSpot():
		return "当场办结"
	case l.Unit == UnitMonth:
		return fmt.Sprintf("%d 个月", l.N)
	case l.Unit == UnitWorkday, l.Unit == UnitDay:
		return fmt.Sprintf("%d 个%s", l.N, l.Unit)
	}
	return fmt.Sprintf("%d %s", l.N, l.Unit)
}

// Material is one application material (申请材料). Originals and Copies are
// counts: the standard's 材料类型 is 证件/表格/其他, not 原件/复印件.
type Material struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Standard is the entry of the standard material library it is.
	Standard   string `json:"standard,omitempty"`
	Kind       string `json:"kind,omitempty"`
	Basis      string `json:"basis,omitempty"`
	Issuer     string `json:"issuer,omitempty"` // 申请人自备, 政府部门核发, 其他
	IssuerUnit string `json:"issuer_unit,omitempty"`
	System     string `json:"system,omitempty"`
	Originals  int    `json:"originals,omitempty"`
	Copies     int    `json:"copies,omitempty"`
	Medium     string `json:"medium,omitempty"`
	Need       string `json:"need,omitempty"` // 必要, 非必要, 容缺后补
	Role       string `json:"role,omitempty"` // 主审要件, 可容缺, 可承诺
	Defer      Defer  `json:"defer"`
	Promise    bool   `json:"promise,omitempty"`
	// Verify names the shared source, library or site that can verify it.
	Verify      string `json:"verify,omitempty"`
	Licence     string `json:"licence,omitempty"` // e-licence kind, if it is one
	ValidMonths int    `json:"valid_months,omitempty"`
	Form        string `json:"form,omitempty"`
	Sample      string `json:"sample,omitempty"`
	Notes       string `json:"notes,omitempty"`
	// OnlyIf restricts the material to some answers of the scenario questions.
	OnlyIf map[string]Options `json:"only_if,omitempty"`
}

// ByNumber says where an office looks up a material of which neither paper nor
// file is handed in, only its name or number is given (P-3.3.1); it is empty for
// materials that are handed in.
func (m *Material) ByNumber() string {
	switch {
	case m.Originals > 0 || m.Copies > 0:
		return ""
	case m.Verify != "":
		return m.Verify
	case m.System != "":
		return m.System
	case m.Licence != "":
		return "电子证照库"
	case m.Issuer == IssuerGovernment:
		return m.IssuerUnit
	}
	return ""
}

// Defer says how a material that may be missing is sent in later (P-3.3.4).
// Days are working days.
type Defer struct {
	Days     int      `json:"days,omitempty"`
	Channels []string `json:"channels,omitempty"`
}

// Result is what the applicant gets.
type Result struct {
	Name    string `json:"name,omitempty"`
	Kind    string `json:"kind,omitempty"`
	Sample  string `json:"sample,omitempty"`
	Licence string `json:"licence,omitempty"`
}

// Fee says whether and what is charged (elements 26, 27).
type Fee struct {
	Charged bool      `json:"charged"`
	Items   []FeeItem `json:"items,omitempty"`
}

// FeeItem is one line of the fee table.
type FeeItem struct {
	Name      string `json:"name,omitempty"`
	Standard  string `json:"standard,omitempty"`
	Basis     string `json:"basis,omitempty"`
	Reduction string `json:"reduction,omitempty"`
}

// Online says what can be done on the net (element 33).
type Online struct {
	Available bool   `json:"available"`
	Depth     string `json:"depth,omitempty"`
	System    string `json:"system,omitempty"`
	URL       string `json:"url,omitempty"`
	MobileURL string `json:"mobile_url,omitempty"`
}

// Place is where and when an item is handled (element 34).
type Place struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
	Hours   string `json:"hours,omitempty"`
	Phone   string `json:"phone,omitempty"`
}

// QA is one question of the guide with its answer.
type QA struct {
	Q string `json:"q"`
	A string `json:"a"`
}

// Reform is the unit's own statement about the item (P-3.2a, P-3.4) and the
// facts that decide whether it qualifies for handling on the spot (P-3.3.3).
type Reform struct {
	Class          string   `json:"class,omitempty"`
	Measures       []string `json:"measures,omitempty"`
	By             string   `json:"by,omitempty"` // date YYYY-MM-DD
	PreReview      bool     `json:"pre_review,omitempty"`
	GuidePublished bool     `json:"guide_published,omitempty"`
	ClearStandard  bool     `json:"clear_standard,omitempty"`
	FormalOnly     bool     `json:"formal_only,omitempty"`
	ExpertReview   bool     `json:"expert_review,omitempty"`
	SiteSurvey     bool     `json:"site_survey,omitempty"`
}

// Scenarios are the finite questions that split an item into cases (情形).
type Scenarios struct {
	Questions []Question `json:"questions"`
	Leaves    []Leaf     `json:"leaves"`
}

// Question is one question with its options, in order.
type Question struct {
	ID      string   `json:"id"`
	Text    string   `json:"text"`
	Options []string `json:"options"`
}

// Leaf is one case. A leaf without its own process or limit has the item's.
type Leaf struct {
	When          map[string]Options `json:"when"`
	Name          string             `json:"name"`
	Materials     []string           `json:"materials,omitempty"`
	Process       *Process           `json:"process,omitempty"`
	PromisedLimit *Limit             `json:"promised_limit,omitempty"`
}

// Options is one option or a list of them; JSON writes a single one as a string.
type Options []string

// MarshalJSON writes a single option as a plain string.
func (o Options) MarshalJSON() ([]byte, error) {
	if len(o) == 1 {
		return json.Marshal(o[0])
	}
	return json.Marshal([]string(o))
}

// UnmarshalJSON accepts a string or a list of strings.
func (o *Options) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*o = Options{s}
		return nil
	}
	var l []string
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	*o = l
	return nil
}

// Process is the model of the handling process from which visits are computed
// (docs/reform/visits.md).
type Process struct {
	FormalCheck bool         `json:"formal_check,omitempty"`
	MainHall    string       `json:"main_hall,omitempty"`
	Sites       []Site       `json:"sites,omitempty"`
	Steps       []Step       `json:"steps"`
	Touchpoints []Touchpoint `json:"touchpoints"`
}

// Site is where the applicant may have to go (办理地点). Sites of one hall are
// one place.
type Site struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	Hall    string `json:"hall,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Movable bool   `json:"movable,omitempty"`
}

// Step is one step of the handling (环节). Days are working days. With names the
// step directly before it that it runs side by side with.
type Step struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Kind    string   `json:"kind,omitempty"`
	Unit    string   `json:"unit,omitempty"`
	Level   string   `json:"level,omitempty"`
	Days    float64  `json:"days,omitempty"`
	Waits   bool     `json:"waits,omitempty"`
	With    string   `json:"with,omitempty"`
	Offices []string `json:"offices,omitempty"`
	Basis   string   `json:"basis,omitempty"`
}

// Touchpoint is something the applicant has to do in person (到场事由).
type Touchpoint struct {
	ID     string   `json:"id"`
	Duty   string   `json:"duty"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	Site   string   `json:"site"`
	Remote []string `json:"remote,omitempty"`
	// Law is the citation by which presence is required, else empty.
	Law string `json:"law,omitempty"`
	// Between says, for 转送, what the papers are carried between: office, level.
	Between string `json:"between,omitempty"`
	// Shared says, for 核验原件, that a shared source can verify it.
	Shared bool `json:"shared,omitempty"`
}

// Identity is what makes two records the same item: the implementation code if
// there is one, else unit, name and variant. It is never a database key.
func (it *Item) Identity() string {
	if c := strings.TrimSpace(it.ImplementationCode); c != "" {
		return "code:" + strings.ToUpper(c)
	}
	return "name:" + strings.Join([]string{it.Unit, it.Name, it.Variant}, "\x1f")
}

// Encode returns the canonical JSON of the item: keys in the order of the
// format, maps sorted, no insignificant white space.
func (it *Item) Encode() ([]byte, error) {
	if it.Schema == "" {
		it.Schema = Schema
	}
	return json.Marshal(it)
}

// Hash returns the SHA-256, in hex, of a canonical encoding.
func Hash(doc []byte) string {
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:])
}

// Clone returns a deep copy.
func (it *Item) Clone() *Item {
	b, err := json.Marshal(it)
	if err != nil {
		// Only unmarshalable RawMessage in Extra can fail, and Extra holds
		// what a decoder produced.
		panic("catalog: item does not encode: " + err.Error())
	}
	var c Item
	if err := json.Unmarshal(b, &c); err != nil {
		panic("catalog: item does not decode: " + err.Error())
	}
	return &c
}
