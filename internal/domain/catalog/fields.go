package catalog

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// itemFields is the table of an item's columns.
func itemFields() []*Field {
	legal := func(it *Item) *Limit { return &it.LegalLimit }
	promised := func(it *Item) *Limit { return &it.PromisedLimit }
	current := func(it *Item) *Limit { return &it.CurrentLimit }
	feeRows := rows("fee.items", "收费标准及依据", func(it *Item) *[]FeeItem { return &it.Fee.Items }, FeeItemFields())
	placeRows := rows("places", "办理地点和时间", func(it *Item) *[]Place { return &it.Places }, PlaceFields())
	faqRows := rows("faq", "常见问题", func(it *Item) *[]QA { return &it.FAQ }, QAFields())
	return []*Field{
		text("name", "事项名称", func(it *Item) *string { return &it.Name }).el(1).alias("名称", "实施清单名称", "task_name", "权力名称", "项目名称", "业务名称", "服务事项名称", "办理项名称"),
		text("main_name", "主项名称", func(it *Item) *string { return &it.MainName }).with(1).alias("主项", "大项名称", "main_item", "parent_name"),
		text("variant", "办理项", func(it *Item) *string { return &it.Variant }).with(1).alias("业务办理项", "业务办理项名称", "子项", "子项名称", "情形", "sub_name"),
		text("unit", "单位", func(it *Item) *string { return &it.Unit }).alias("所属单位", "责任单位", "部门", "单位名称", "填报单位", "dept", "部门名称"),
		code("basic_code", "基本编码", func(it *Item) *string { return &it.BasicCode }).el(2).alias("catalog_code", "基本目录编码", "目录编码", "base_code", "事项基本编码"),
		dict("type", "事项类型", typeDict, func(it *Item) *string { return &it.Type }).el(3).alias("task_type", "权力类型", "职权类型", "类别", "事项类别", "项目类型", "权力类别"),
		basesField().el(4).alias("by_law", "实施依据", "法律依据", "依据", "设立依据", "政策依据"),
		code("implementation_code", "实施编码", func(it *Item) *string { return &it.ImplementationCode }).el(5).alias("task_code", "实施清单编码", "事项实施编码", "impl_code", "实施代码", "item_code"),
		dict("level", "行使层级", "行使层级", func(it *Item) *string { return &it.Level }).el(6).alias("use_level", "实施层级", "层级"),
		text("power_division", "权限划分", func(it *Item) *string { return &it.PowerDivision }).el(7).alias("authoritydivision"),
		text("power_content", "行使内容", func(it *Item) *string { return &it.PowerContent }).el(8),
		text("body.name", "实施机构", func(it *Item) *string { return &it.Body.Name }).el(9).alias("实施主体", "实施主体名称", "实施机关", "实施部门", "dept_name", "实施机构名称"),
		code("body.uscc", "实施机构统一社会信用代码", func(it *Item) *string { return &it.Body.USCC }).el(9).alias("统一社会信用代码", "实施主体编码", "dept_code", "dept_uscc", "实施机构代码", "信用代码"),
		dict("body.nature", "实施主体性质", "实施主体性质", func(it *Item) *string { return &it.Body.Nature }).el(10).alias("dept_type", "主体性质", "实施机构性质"),
		text("office", "承办机构", func(it *Item) *string { return &it.Office }).el(11).alias("handle_dept", "承办科室", "承办股室", "责任股室", "责任科室", "内设机构"),
		list("joint_bodies", "联办机构", "", func(it *Item) *[]string { return &it.JointBodies }).el(12).alias("other_dept", "共同实施部门", "联办部门", "co_dept"),
		list("audience", "服务对象", "服务对象", func(it *Item) *[]string { return &it.Audience }).el(13).alias("server_type", "办理对象", "行政相对人", "服务对象类型"),
		dict("case_type", "办件类型", "办件类型", func(it *Item) *string { return &it.CaseType }).el(14).alias("project_type", "办理类型"),
		list("channels", "办理形式", "办理形式", func(it *Item) *[]string { return &it.Channels }).el(15).alias("handle_type", "办理方式", "受理方式", "办理渠道"),
		limit("legal_limit", "法定办结时限", legal).el(16).alias("anticipate_day", "法定时限", "法定期限", "法定办理时限", "法定办结期限"),
		limitUnit("legal_limit.unit", "法定办结时限单位", legal).with(16).alias("anticipate_type", "法定时限单位", "法定期限单位"),
		text("legal_limit.note", "法定办结时限说明", func(it *Item) *string { return &it.LegalLimit.Note }).with(16).alias("anticipate_explain", "法定时限说明"),
		limit("promised_limit", "承诺办结时限", promised).el(17).alias("promise_day", "承诺时限", "承诺期限", "承诺办理时限", "办理时限", "承诺办结期限"),
		limitUnit("promised_limit.unit", "承诺办结时限单位", promised).with(17).alias("promise_type", "承诺时限单位", "承诺期限单位"),
		text("promised_limit.note", "承诺办结时限说明", func(it *Item) *string { return &it.PromisedLimit.Note }).with(17).alias("promise_explain", "承诺时限说明"),
		limit("current_limit", "改革前承诺时限", current).alias("现承诺时限", "原承诺时限", "目前承诺时限"),
		text("current_limit.note", "改革前承诺时限说明", func(it *Item) *string { return &it.CurrentLimit.Note }),
		lines("conditions", "受理条件", func(it *Item) *[]string { return &it.Conditions }).el(18).alias("accept_condition", "申请条件", "办理条件"),
		materialsField().el(19).alias("材料清单", "所需材料", "提交材料", "材料", "申报材料", "材料名称"),
		boolean("no_materials", "无需提交材料", func(it *Item) *bool { return &it.NoMaterials }).with(19),
		processField().el(20).alias("handle_flow", "办理环节", "流程", "办事流程", "环节"),
		list("special_procedures", "特别程序", "特别程序种类", func(it *Item) *[]string { return &it.SpecialProcedures }).el(21).alias("special_procedure"),
		text("intermediary", "中介服务", func(it *Item) *string { return &it.Intermediary }).el(22).alias("service_type", "涉及中介服务"),
		text("quota", "数量限制", func(it *Item) *string { return &it.Quota }).el(23).alias("limit_explain"),
		text("result.name", "结果名称", func(it *Item) *string { return &it.Result.Name }).el(24).alias("result_name", "审批结果名称", "办理结果", "办理结果名称", "结果"),
		text("result.sample", "结果样本", func(it *Item) *string { return &it.Result.Sample }).el(25).alias("result_guid", "审批结果样本", "结果样例"),
		dict("result.kind", "审批结果类型", "审批结果类型", func(it *Item) *string { return &it.Result.Kind }).alias("result_type", "结果类型"),
		text("result.licence", "结果证照", func(it *Item) *string { return &it.Result.Licence }).alias("电子证照", "证照名称"),
		boolean("fee.charged", "是否收费", func(it *Item) *bool { return &it.Fee.Charged }).el(26).alias("is_fee", "收费", "收费情况"),
		feeRows.el(27).alias("fee_basis", "收费项目", "收费标准", "收费依据"),
		dict("scope", "通办范围", "通办范围", func(it *Item) *string { return &it.Scope }).el(28).alias("handle_area"),
		visitsField().el(29).alias("limit_scene_num", "到现场次数", "跑动次数", "到场次数", "到办事窗口次数", "办事次数", "现场次数"),
		text("visits_reason", "必须现场办理原因说明", func(it *Item) *string { return &it.VisitsReason }).with(29).alias("limit_scene_explain", "必须现场办理原因", "到现场原因"),
		boolean("appointment", "是否支持预约办理", func(it *Item) *bool { return &it.Appointment }).el(30).alias("is_schedule", "预约办理", "online_book", "是否支持预约"),
		boolean("online_payment", "是否支持网上支付", func(it *Item) *bool { return &it.OnlinePayment }).el(31).alias("is_pay_online", "网上支付"),
		boolean("express", "是否支持物流快递", func(it *Item) *bool { return &it.Express }).el(32).alias("is_express", "物流快递", "courier", "是否支持快递"),
		boolean("online.available", "是否网办", func(it *Item) *bool { return &it.Online.Available }).el(33).alias("is_online", "是否网上办理", "可否网办", "网上办理"),
		text("online.system", "运行系统", func(it *Item) *string { return &it.Online.System }).with(33).alias("run_system", "业务系统"),
		text("online.url", "网办地址", func(it *Item) *string { return &it.Online.URL }).with(33).alias("online_handle_url", "网上办理地址", "link_addr", "计算机端跳转地址", "网址"),
		placeRows.el(34).alias("办理地点", "办公地点", "transact_addr", "窗口地址", "办理地址", "地址"),
		placeHours().with(34).alias("办公时间", "transact_time", "受理时间", "工作时间"),
		list("enquiry", "咨询方式", "", func(it *Item) *[]string { return &it.Enquiry }).el(35).alias("link_way", "咨询电话", "联系电话", "consult_phone", "联系方式", "电话"),
		list("complaint", "监督投诉方式", "", func(it *Item) *[]string { return &it.Complaint }).el(36).alias("supervise_way", "监督电话", "投诉电话", "complaint_phone", "监督投诉电话", "投诉方式"),

		// Extensions.
		code("handling_code", "业务办理项编码", func(it *Item) *string { return &it.HandlingCode }).alias("task_handle_item", "办理项编码"),
		code("local_code", "本地编码", func(it *Item) *string { return &it.LocalCode }).alias("地方编码", "localcatalogcode", "localtaskcode"),
		dict("power_source", "权力来源", "权力来源", func(it *Item) *string { return &it.PowerSource }).alias("行使依据来源"),
		text("body.entrusted_by", "委托部门", func(it *Item) *string { return &it.Body.EntrustedBy }).alias("entrust_name", "委托机关"),
		boolean("in_hall", "是否进驻政务大厅", func(it *Item) *bool { return &it.InHall }).alias("is_entry_center", "是否进驻大厅", "进驻大厅"),
		depthField().alias("online_handle_depth", "网办深度", "网上服务深度"),
		text("online.mobile_url", "移动端办理地址", func(it *Item) *string { return &it.Online.MobileURL }).alias("mobile_terminal_url"),
		list("topics", "主题分类", "", func(it *Item) *[]string { return &it.Topics }).alias("主题", "user_topic_type", "corp_topic_type", "面向自然人事项主题分类", "面向法人事项主题分类", "themes"),
		faqRows.alias("常见问题解答", "questions"),
		text("source", "数据来源", func(it *Item) *string { return &it.Source }).alias("来源"),

		// Reform statements (P-3.2a, P-3.3.3, P-3.4).
		dict("reform.class", "最多跑一次分类", "最多跑一次分类", func(it *Item) *string { return &it.Reform.Class }).alias("改革分类", "分类", "是否实现最多跑一次"),
		list("reform.measures", "改革措施", "改革措施", func(it *Item) *[]string { return &it.Reform.Measures }).alias("措施"),
		date("reform.by", "改革完成日期", func(it *Item) *string { return &it.Reform.By }).alias("完成时限", "完成日期"),
		boolean("reform.pre_review", "是否网上预审", func(it *Item) *bool { return &it.Reform.PreReview }).alias("网上预审"),
		boolean("reform.guide_published", "办事指南是否公开", func(it *Item) *bool { return &it.Reform.GuidePublished }).alias("指南是否公开"),
		boolean("reform.clear_standard", "审查标准是否明确", func(it *Item) *bool { return &it.Reform.ClearStandard }),
		boolean("reform.formal_only", "是否只作形式审查", func(it *Item) *bool { return &it.Reform.FormalOnly }).alias("形式审查"),
		boolean("reform.expert_review", "是否需要专家评审", func(it *Item) *bool { return &it.Reform.ExpertReview }).alias("专家评审"),
		boolean("reform.site_survey", "是否需要现场踏勘", func(it *Item) *bool { return &it.Reform.SiteSurvey }).alias("现场踏勘"),
	}
}

func basesField() *Field {
	return &Field{Key: "bases", Label: "设定依据", Kind: KindLines,
		Get: func(it *Item) string {
			var b strings.Builder
			for i := range it.Bases {
				if i > 0 {
					b.WriteByte('\n')
				}
				b.WriteString(oneLine(it.Bases[i].Text))
			}
			return b.String()
		},
		Set: func(it *Item, s string) error {
			it.Bases = nil
			for _, l := range SplitLines(s) {
				it.Bases = append(it.Bases, Basis{Text: l})
			}
			return nil
		},
		Empty: func(it *Item) bool { return len(it.Bases) == 0 }}
}

func visitsField() *Field {
	return &Field{Key: "visits", Label: "到办事现场次数", Kind: KindCount,
		Get: func(it *Item) string {
			if it.Visits == nil {
				return ""
			}
			return strconv.Itoa(*it.Visits)
		},
		Set: func(it *Item, s string) error {
			if blank(s) {
				it.Visits = nil
				return nil
			}
			n, err := ParseCount(s)
			if err != nil {
				return at(err, "visits")
			}
			it.Visits = &n
			return nil
		},
		Empty: func(it *Item) bool { return it.Visits == nil }}
}

// depthField holds several depths in one string.
func depthField() *Field {
	const dictionary = "网上办理深度(multi)"
	return &Field{Key: "online.depth", Label: "网上办理深度", Kind: KindList, Dictionary: dictionary,
		Get: func(it *Item) string { return it.Online.Depth },
		Set: func(it *Item, s string) error {
			l, d := SplitList(s), Dict(dictionary)
			for i := range l {
				l[i] = d.Normalise(l[i])
			}
			it.Online.Depth = strings.Join(unique(l), ListSeparator)
			return nil
		},
		Empty: func(it *Item) bool { return blank(it.Online.Depth) }}
}

// placeHours is the column of workbooks that give the hours once for all places.
func placeHours() *Field {
	return &Field{Key: "places.hours", Label: "办理时间", Kind: KindSummary, Core: false,
		Get: func(it *Item) string {
			if len(it.Places) == 0 {
				return ""
			}
			return it.Places[0].Hours
		},
		Set: func(it *Item, s string) error {
			if len(it.Places) == 0 {
				if blank(s) {
					return nil
				}
				it.Places = []Place{{}}
			}
			first := it.Places[0].Hours
			for i := range it.Places {
				// A place with hours of its own keeps them.
				if it.Places[i].Hours == "" || it.Places[i].Hours == first {
					it.Places[i].Hours = strings.TrimSpace(s)
				}
			}
			return nil
		},
		Empty: func(it *Item) bool { return len(it.Places) == 0 || blank(it.Places[0].Hours) }}
}

// materialsField lists the names of the materials. Setting it keeps the data of
// materials whose name stays, and gives new ones the next free id.
func materialsField() *Field {
	return &Field{Key: "materials", Label: "申请材料", Kind: KindSummary,
		Get: func(it *Item) string {
			names := make([]string, len(it.Materials))
			for i := range it.Materials {
				names[i] = it.Materials[i].Name
			}
			return strings.Join(names, "\n")
		},
		Set: func(it *Item, s string) error {
			var names []string
			for _, l := range SplitLines(s) {
				for _, p := range split(l, func(r rune) bool { return r == '；' || r == ';' }) {
					if p = trimNumber(p); p != "" {
						names = append(names, p)
					}
				}
			}
			if len(names) == 1 && (names[0] == "无" || names[0] == "无需提交材料") {
				it.Materials, it.NoMaterials = nil, true
				return nil
			}
			used := make([]bool, len(it.Materials))
			ids := map[string]bool{}
			for i := range it.Materials {
				ids[it.Materials[i].ID] = true
			}
			out := make([]Material, 0, len(names))
			for _, n := range names {
				m := Material{Name: n}
				for i := range it.Materials {
					if !used[i] && it.Materials[i].Name == n {
						m, used[i] = it.Materials[i], true
						break
					}
				}
				if m.ID == "" {
					for k := 1; ; k++ {
						if m.ID = "m" + strconv.Itoa(k); !ids[m.ID] {
							ids[m.ID] = true
							break
						}
					}
				}
				out = append(out, m)
			}
			it.Materials = out
			return nil
		},
		Empty: func(it *Item) bool { return len(it.Materials) == 0 }}
}

// trimNumber drops the number before a line: "1.", "（2）", "3、". In "2寸照片"
// and "1.5寸照片" the number belongs to the name.
func trimNumber(s string) string {
	for {
		s = strings.TrimSpace(s)
		digits := strings.TrimLeft(s, "（(")
		rest := strings.TrimLeft(digits, "0123456789一二三四五六七八九十")
		name := strings.TrimLeft(rest, "）).．、")
		if rest == digits || name == rest || strings.TrimSpace(name) == "" || strings.HasSuffix(rest[:len(rest)-len(name)], ".") && name[0] >= '0' && name[0] <= '9' {
			return s
		}
		s = name
	}
}

// processField shows the steps in one line: 受理（0.5工作日）→审查（3工作日）→送达.
// Setting it keeps the data of steps whose name stays.
func processField() *Field {
	const arrow = "→"
	return &Field{Key: "process", Label: "办理流程", Kind: KindSummary,
		Get: func(it *Item) string {
			if it.Process == nil {
				return ""
			}
			var b strings.Builder
			for i := range it.Process.Steps {
				s := &it.Process.Steps[i]
				if i > 0 {
					b.WriteString(arrow)
				}
				n := s.Name
				if n == "" {
					n = s.Kind
				}
				b.WriteString(n)
				if s.Days > 0 {
					b.WriteString("（" + formatDays(s.Days) + "工作日）")
				}
			}
			return b.String()
		},
		Set: func(it *Item, s string) error {
			if blank(s) {
				// Steps that touchpoints refer to are not dropped by an
				// empty cell of a sheet that shows only their names.
				return nil
			}
			norm := strings.NewReplacer("->", arrow, "—>", arrow, "➔", arrow, "=>", arrow, "\n", arrow, "；", arrow, ";", arrow, ">", arrow).Replace(s)
			if !strings.Contains(norm, arrow) {
				// A hyphen separates only where nothing else does.
				norm = strings.NewReplacer("——", arrow, "—", arrow, "－", arrow, "-", arrow).Replace(norm)
			}
			var old []Step
			if it.Process != nil {
				old = it.Process.Steps
			}
			used := make([]bool, len(old))
			ids := map[string]bool{}
			for i := range old {
				ids[old[i].ID] = true
			}
			var out []Step
			for part := range strings.SplitSeq(norm, arrow) {
				part = trimNumber(part)
				if part == "" {
					continue
				}
				name, days := part, 0.0
				if i := strings.LastIndexAny(part, "（("); i > 0 && (strings.HasSuffix(part, "）") || strings.HasSuffix(part, ")")) {
					_, size := utf8.DecodeRuneInString(part[i:])
					inner := strings.TrimRight(part[i+size:], "）)")
					if d, err := parseDays(inner); err == nil && inner != "" {
						name, days = strings.TrimSpace(part[:i]), d
					}
				}
				st := Step{Name: name, Days: days}
				found := false
				for i := range old {
					if !used[i] && (old[i].Name == name || old[i].Name == "" && old[i].Kind == name) {
						st, used[i], found = old[i], true, true
						st.Days = days
						break
					}
				}
				if !found {
					for _, k := range StepKinds {
						if name == k {
							st.Kind = k
						}
					}
					for k := 1; ; k++ {
						if st.ID = "s" + strconv.Itoa(k); !ids[st.ID] {
							ids[st.ID] = true
							break
						}
					}
				}
				out = append(out, st)
			}
			if it.Process == nil {
				it.Process = &Process{}
			}
			it.Process.Steps = out
			return nil
		},
		Empty: func(it *Item) bool { return it.Process == nil || len(it.Process.Steps) == 0 }}
}
