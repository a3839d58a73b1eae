package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
)

const (
	listEdition      = "2025年版（演示）"
	catalogueEdition = "演示省目录〔2026〕1号"
)

// extraEntry is an entry of a demonstration list beside those that follow from the
// items. reason is why the unit declines it; an entry without one stays open.
type extraEntry struct {
	unit, typ, name, reason string
}

// extraEntries are what falls between lists and items until somebody decides: the
// units that report have declined theirs, the others are left for whoever tries
// the program. Names and reasons are made up.
var extraEntries = []extraEntry{
	{"广宗县教育局", "行政许可", "校外实践基地设立核准（演示）", "设定依据已修改，不再实施"},
	{"广宗县教育局", "公共服务", "教具借用登记（演示）", "已并入学校日常服务，不需要群众申请"},
	{"广宗县教育局", "行政处罚", "对擅自举办学校的处罚（演示）", ""},
	{"广宗县水务局", "其他行政权力", "农村水井封存备案（演示）", "已划转县行政审批局办理"},
	{"广宗县水务局", "行政检查", "对取水户计量设施的检查（演示）", ""},
	{"广宗县人力资源和社会保障局", "公共服务", "求职简历代寄（演示）", "多年无人申请，已报请从清单中取消"},
	{"广宗县交通运输局", "行政许可", "人力客运三轮车准运（演示）", "设定依据已废止"},
	{"广宗县卫生健康局", "其他行政权力", "乡村医生转岗登记（演示）", "由乡镇人民政府办理，本单位不再受理"},
	{"广宗县卫生健康局", "行政处罚", "对无证行医的处罚（演示）", ""},
	{"广宗县民政局", "行政许可", "社会福利机构设置批准（演示）", "设定依据已取消，改为事中事后监管"},
	{"广宗县民政局", "公共服务", "地名标志维修报告（演示）", "由乡镇人民政府受理，本单位不再受理"},
	{"广宗县民政局", "行政处罚", "对骗取社会救助的处罚（演示）", ""},
	{"广宗县公安局", "行政许可", "自行车停放场设立核准（演示）", ""},
	{"广宗县公安局", "其他行政权力", "废旧金属收购点备案（演示）", ""},
	{"广宗县公安局", "行政强制", "对精神障碍患者的约束（演示）", ""},
	{"广宗县商务局", "其他行政权力", "酒类流通备案（演示）", ""},
}

// lateList is the unit whose lists came after it had reported.
const lateList = "广宗县公安局"

// newInCatalogue are entries that the province's new version adds: by the code's
// department each finds its unit, but for the last two.
var newInCatalogue = [][4]string{ // code, name, type, level
	{"130105901000", "校外托管机构登记（演示）", "行政许可", "县级"},
	{"130123901000", "托育机构备案（演示）", "其他行政权力", "县级"},
	{"132023902000", "预防接种证补发（演示）", "公共服务", "县级；镇(乡、街道)级"},
	{"130111901000", "殡葬服务设施改建许可（演示）", "行政许可", "县级"},
	{"130119901000", "省管河道采砂许可（演示）", "行政许可", "省级"},
	{"132099901000", "政务服务地图标注申请（演示）", "公共服务", "县级"},
	{"131099902000", "便民服务站点备案（演示）", "其他行政权力", "县级"},
}

// listUnits are the units whose lists the story brings in.
func listUnits() (names []string) {
	for _, e := range extraEntries {
		if !slices.Contains(names, e.unit) {
			names = append(names, e.unit)
		}
	}
	return names
}

// importLists brings in the existing lists, made of the items' names and of
// entries that have none.
func (s *Story) importLists(ctx context.Context, us []unitRow, p *people) error {
	files := existingLists(us, func(unit string) bool { return unit != lateList })
	for _, kind := range catalog.ListKinds {
		if err := s.bringIn(ctx, p.reform, kind, "", files[kind]); err != nil {
			return err
		}
	}
	return nil
}

// importLateList lets the one unit bring in its own.
func (s *Story) importLateList(ctx context.Context, us []unitRow, p *people) error {
	a := p.liaison[lateList]
	files := existingLists(us, func(unit string) bool { return unit == lateList })
	for _, kind := range catalog.ListKinds {
		if err := s.bringIn(ctx, a, kind, a.UnitID, files[kind]); err != nil {
			return err
		}
	}
	return nil
}

// existingLists makes the tables of the lists of some units.
func existingLists(us []unitRow, of func(unit string) bool) map[catalog.ListKind][][]string {
	files := map[catalog.ListKind][][]string{}
	add := func(unit, code, name, typ, basis string) {
		kind := catalog.PowerList
		if typ == "公共服务" {
			kind = catalog.ServiceList
		}
		files[kind] = append(files[kind], []string{unit, code, name, typ, basis})
	}
	for _, it := range items(us) {
		if unit := inCharge(us, it.Unit); slices.Contains(listUnits(), unit) && of(unit) {
			add(unit, it.LocalCode, it.Name, it.Type, it.Bases[0].Text)
		}
	}
	for i, e := range extraEntries {
		if !of(e.unit) {
			continue
		}
		add(e.unit, fmt.Sprintf("YS%04d", i+1), e.name, e.typ, "（演示）")
		// The duty list says of each power whose duty it is.
		if e.typ == "行政处罚" || e.typ == "行政检查" || e.typ == "行政强制" {
			files[catalog.DutyList] = append(files[catalog.DutyList], []string{e.unit, fmt.Sprintf("YS%04d", i+1), "依法实施" + e.name, e.typ, "（演示）"})
		}
	}
	for _, kind := range catalog.ListKinds {
		files[kind] = append([][]string{{"单位", "编码", "事项名称", "事项类型", "设定依据"}}, files[kind]...)
	}
	return files
}

// importCatalogue brings in the province's new version.
func (s *Story) importCatalogue(ctx context.Context, us []unitRow, p *people) error {
	file := [][]string{{"基本编码", "事项名称", "事项类型", "行使层级"}}
	for _, it := range items(us) {
		if slices.Contains(listUnits(), inCharge(us, it.Unit)) {
			file = append(file, []string{it.BasicCode, it.Name, it.Type, it.Level})
		}
	}
	for _, e := range newInCatalogue {
		file = append(file, e[:])
	}
	return s.bringIn(ctx, p.reform, catalog.Catalogue, "", file)
}

func (s *Story) bringIn(ctx context.Context, a org.Actor, kind catalog.ListKind, unitID string, rows [][]string) error {
	var buf bytes.Buffer
	if err := csv.NewWriter(&buf).WriteAll(rows); err != nil {
		return err
	}
	edition := listEdition
	if kind == catalog.Catalogue {
		edition = catalogueEdition
	}
	sum, err := s.Reform.ImportList(ctx, a, reform.ListSource("演示"+string(kind)+".csv", bytes.NewReader(buf.Bytes()), int64(buf.Len())),
		reform.ListImport{List: kind, Edition: edition, Unit: unitID, Source: "演示数据"})
	if err == nil && sum.Bad > 0 {
		err = fmt.Errorf("%s: %d rows: %v", kind, sum.Bad, sum.Problems)
	}
	return err
}

// inCharge is the name of the unit that reports for a unit (P-2.1b).
func inCharge(us []unitRow, name string) string {
	for _, u := range us {
		if u.Name == name && u.supervisor != "" {
			return u.supervisor
		}
	}
	return name
}

// claim lets a unit claim what has its name, and decline what it has a reason to.
func (s *Story) claim(ctx context.Context, p *people, unit string) error {
	a := p.liaison[unit]
	found, err := s.Reform.Matches(ctx, a, a.UnitID)
	if err != nil {
		return err
	}
	var ids []string
	for _, m := range found {
		ids = append(ids, m.Entry.ID)
	}
	if len(ids) > 0 {
		if _, err := s.Reform.ClaimMatches(ctx, a, a.UnitID, ids); err != nil {
			return err
		}
	}
	open, err := s.Reform.Lists(ctx, a, reform.ListFilter{Units: []string{a.UnitID}, State: reform.ListOpen, Limit: 200})
	if err != nil {
		return err
	}
	for _, e := range open.Entries {
		reason := "本县没有此类机构，确有需要时再编制"
		if e.List != catalog.Catalogue {
			i := slices.IndexFunc(extraEntries, func(x extraEntry) bool { return x.name == e.Name })
			if i < 0 {
				return fmt.Errorf("%s: no item of the name %s", unit, e.Name)
			}
			if reason = extraEntries[i].reason; reason == "" {
				continue
			}
		}
		if err := s.Reform.Claim(ctx, a, reform.Claiming{EntryID: e.ID, Decision: catalog.Declined, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}
