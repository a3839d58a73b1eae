package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"onevisit/internal/domain/fault"
)

// The columns of the sub-tables. The slices must not be changed.

// MaterialFields lists the columns of 申请材料.
func MaterialFields() []*Column[Material] { return materialCols() }

// SiteFields lists the columns of 办理地点 of the process.
func SiteFields() []*Column[Site] { return siteCols() }

// StepFields lists the columns of 办理环节.
func StepFields() []*Column[Step] { return stepCols() }

// TouchpointFields lists the columns of 到场事由.
func TouchpointFields() []*Column[Touchpoint] { return touchpointCols() }

// FeeItemFields lists the columns of the fee table.
func FeeItemFields() []*Column[FeeItem] { return feeCols() }

// PlaceFields lists the columns of 办理地点和时间.
func PlaceFields() []*Column[Place] { return placeCols() }

// QAFields lists the columns of 常见问题.
func QAFields() []*Column[QA] { return qaCols() }

// ColumnByLabel finds a column of a sub-table by its label, an alias or its key.
func ColumnByLabel[T any](cols []*Column[T], label string) *Column[T] {
	return byLabel(labels(cols), label)
}

var materialCols = sync.OnceValue(func() []*Column[Material] {
	cols := []*Column[Material]{
		text("id", "材料编号", func(m *Material) *string { return &m.ID }).alias("编号", "材料ID"),
		text("name", "材料名称", func(m *Material) *string { return &m.Name }).alias("申请材料", "申请材料名称", "material_name"),
		text("standard", "标准材料", func(m *Material) *string { return &m.Standard }).alias("标准材料编码"),
		dict("kind", "材料类型", "材料类型", func(m *Material) *string { return &m.Kind }).alias("material_type"),
		text("basis", "要求提供材料的依据", func(m *Material) *string { return &m.Basis }).alias("材料依据", "依据", "设定依据", "by_law"),
		dict("issuer", "来源渠道", "材料来源渠道", func(m *Material) *string { return &m.Issuer }).alias("材料来源", "材料来源渠道", "source_type"),
		text("issuer_unit", "出具机构", func(m *Material) *string { return &m.IssuerUnit }).alias("出具单位", "核发单位", "来源渠道说明", "source_explain"),
		text("system", "所属系统", func(m *Material) *string { return &m.System }).alias("共享系统"),
		count("originals", "原件份数", func(m *Material) *int { return &m.Originals }).alias("原件数量", "原件", "纸质材料份数", "page_num"),
		count("copies", "复印件份数", func(m *Material) *int { return &m.Copies }).alias("复印件数量", "复印件"),
		dict("medium", "材料形式", "材料形式", func(m *Material) *string { return &m.Medium }).alias("material_format", "介质"),
		dict("need", "材料必要性", "材料必要性", func(m *Material) *string { return &m.Need }).alias("是否必备", "是否必要", "is_need", "必要性"),
		dict("role", "材料角色", "材料角色", func(m *Material) *string { return &m.Role }).alias("主审或容缺", "容缺角色"),
		count("defer.days", "容缺补交期限", func(m *Material) *int { return &m.Defer.Days }).alias("补交期限", "容缺期限"),
		list("defer.channels", "容缺补交渠道", "容缺补交渠道", func(m *Material) *[]string { return &m.Defer.Channels }).alias("补交渠道", "补交方式"),
		boolean("promise", "是否告知承诺", func(m *Material) *bool { return &m.Promise }).alias("告知承诺"),
		text("verify", "核验渠道", func(m *Material) *string { return &m.Verify }).alias("网上核验"),
		text("licence", "电子证照", func(m *Material) *string { return &m.Licence }).alias("对应证照", "证照名称"),
		count("valid_months", "有效期（月）", func(m *Material) *int { return &m.ValidMonths }).alias("有效期"),
		text("form", "空白表格", func(m *Material) *string { return &m.Form }).alias("form_guid"),
		text("sample", "示例样表", func(m *Material) *string { return &m.Sample }).alias("样表", "example_guid"),
		text("notes", "填报须知", func(m *Material) *string { return &m.Notes }).alias("备注", "remark", "受理标准"),
		choices("only_if", "适用情形", func(m *Material) *map[string]Options { return &m.OnlyIf }).alias("限定情形"),
	}
	for _, c := range cols {
		c.Element = 19
	}
	return cols
})

// choices writes which answers apply, as "q1=是；q2=甲/乙".
func choices[T any](key, label string, p func(*T) *map[string]Options) *Column[T] {
	return &Column[T]{Key: key, Label: label, Kind: KindList,
		Get: func(t *T) string {
			var parts []string
			for _, k := range slices.Sorted(maps.Keys(*p(t))) {
				parts = append(parts, k+"="+strings.Join((*p(t))[k], "/"))
			}
			return strings.Join(parts, ListSeparator)
		},
		Set: func(t *T, s string) error {
			var out map[string]Options
			for _, part := range split(s, func(r rune) bool { return r == '；' || r == ';' || r == '\n' }) {
				q, opts, ok := strings.Cut(strings.ReplaceAll(part, "＝", "="), "=")
				var o Options
				for v := range strings.SplitSeq(opts, "/") {
					if v = strings.TrimSpace(v); v != "" {
						o = append(o, v)
					}
				}
				if q = strings.TrimSpace(q); !ok || q == "" || len(o) == 0 {
					return at(fault.Invalidf("%s“%s”应写成“问题编号=选项”，例如 q1=是。", label, clip(part)), key)
				}
				if out == nil {
					out = map[string]Options{}
				}
				out[q] = o
			}
			*p(t) = out
			return nil
		},
		Empty: func(t *T) bool { return len(*p(t)) == 0 }}
}

var siteCols = sync.OnceValue(func() []*Column[Site] {
	return []*Column[Site]{
		text("id", "地点编号", func(s *Site) *string { return &s.ID }).with(20),
		text("name", "地点名称", func(s *Site) *string { return &s.Name }).with(20).alias("窗口", "窗口名称"),
		text("hall", "所在大厅", func(s *Site) *string { return &s.Hall }).with(20).alias("大厅"),
		text("unit", "所属单位", func(s *Site) *string { return &s.Unit }).with(20).alias("单位"),
		boolean("movable", "能否进驻大厅", func(s *Site) *bool { return &s.Movable }).with(20).alias("可进驻"),
	}
})

var stepCols = sync.OnceValue(func() []*Column[Step] {
	return []*Column[Step]{
		text("id", "环节编号", func(s *Step) *string { return &s.ID }).with(20),
		text("name", "环节名称", func(s *Step) *string { return &s.Name }).with(20).alias("环节", "办理环节"),
		dict("kind", "环节类型", "环节类型", func(s *Step) *string { return &s.Kind }).with(20),
		text("unit", "办理单位", func(s *Step) *string { return &s.Unit }).with(20).alias("承办单位", "办理机构", "单位"),
		dict("level", "单位层级", "行政层级", func(s *Step) *string { return &s.Level }).with(20).alias("层级"),
		&Column[Step]{Key: "days", Label: "环节时限", Kind: KindDays, Element: 20, Aliases: []string{"时限", "办理时限", "工作日", "天数"},
			Get: func(s *Step) string { return formatDays(s.Days) },
			Set: func(s *Step, t string) error {
				d, err := parseDays(t)
				if err == nil {
					s.Days = d
				}
				return at(err, "days")
			},
			Empty: func(s *Step) bool { return s.Days == 0 }},
		boolean("waits", "申请人需等候", func(s *Step) *bool { return &s.Waits }).with(20).alias("是否等候", "需等候"),
		text("with", "并行环节", func(s *Step) *string { return &s.With }).with(20).alias("与其并行"),
		list("offices", "承办股室", "", func(s *Step) *[]string { return &s.Offices }).with(20).alias("股室", "科室"),
		text("basis", "环节依据", func(s *Step) *string { return &s.Basis }).with(20).alias("依据"),
	}
})

var touchpointCols = sync.OnceValue(func() []*Column[Touchpoint] {
	return []*Column[Touchpoint]{
		text("id", "到场编号", func(t *Touchpoint) *string { return &t.ID }).with(20),
		dict("duty", "到场事由", "到场事由", func(t *Touchpoint) *string { return &t.Duty }).with(20).alias("事由"),
		text("from", "最早环节", func(t *Touchpoint) *string { return &t.From }).with(20).alias("起始环节"),
		text("to", "最晚环节", func(t *Touchpoint) *string { return &t.To }).with(20).alias("终止环节"),
		text("site", "到场地点", func(t *Touchpoint) *string { return &t.Site }).with(20).alias("地点"),
		list("remote", "非现场渠道", "网办渠道", func(t *Touchpoint) *[]string { return &t.Remote }).with(20).alias("可替代渠道", "网办渠道"),
		text("law", "须到场的法律依据", func(t *Touchpoint) *string { return &t.Law }).with(20).alias("到场依据"),
		&Column[Touchpoint]{Key: "between", Label: "转送范围", Kind: KindText, Element: 20, Dictionary: "转送范围",
			Get: func(t *Touchpoint) string {
				switch t.Between {
				case "office":
					return "股室之间"
				case "level":
					return "层级之间"
				}
				return t.Between
			},
			Set: func(t *Touchpoint, s string) error {
				switch s = strings.TrimSpace(s); s {
				case "股室之间", "科室之间", "单位之间":
					s = "office"
				case "层级之间", "上下级之间":
					s = "level"
				}
				t.Between = s
				return nil
			},
			Empty: func(t *Touchpoint) bool { return t.Between == "" }},
		boolean("shared", "可共享核验", func(t *Touchpoint) *bool { return &t.Shared }).with(20).alias("数据共享"),
	}
})

var feeCols = sync.OnceValue(func() []*Column[FeeItem] {
	return []*Column[FeeItem]{
		text("name", "收费项目名称", func(f *FeeItem) *string { return &f.Name }).with(27).alias("收费项目"),
		text("standard", "收费标准", func(f *FeeItem) *string { return &f.Standard }).with(27),
		text("basis", "收费依据", func(f *FeeItem) *string { return &f.Basis }).with(27),
		text("reduction", "减免情形", func(f *FeeItem) *string { return &f.Reduction }).with(27).alias("是否减免"),
	}
})

var placeCols = sync.OnceValue(func() []*Column[Place] {
	return []*Column[Place]{
		text("name", "地点名称", func(p *Place) *string { return &p.Name }).with(34).alias("窗口名称", "窗口"),
		text("address", "详细地址", func(p *Place) *string { return &p.Address }).with(34).alias("地址", "办理地点"),
		text("hours", "办公时间", func(p *Place) *string { return &p.Hours }).with(34).alias("时间", "办理时间"),
		text("phone", "电话", func(p *Place) *string { return &p.Phone }).with(34).alias("联系电话"),
	}
})

var qaCols = sync.OnceValue(func() []*Column[QA] {
	return []*Column[QA]{
		text("q", "问题", func(q *QA) *string { return &q.Q }).alias("常见问题", "question"),
		text("a", "解答", func(q *QA) *string { return &q.A }).alias("答案", "回答", "answer"),
	}
})

// jsonText is the JSON of a part that has no columns, for comparing.
func jsonText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
