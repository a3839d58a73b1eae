package web

import (
	"strconv"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/server/web/ui"
)

// workRoutes lists the workbench: one line a page.
func (s *Server) workRoutes() {
	if s.Office == nil {
		return
	}
	s.handle("GET /work/sign-in", s.getSignIn)
	s.handle("POST /work/sign-in", s.postSignIn)
	s.handle("GET /work/setup", s.getSetup)
	s.handle("POST /work/setup", s.postSetup)
	s.work("POST /work/sign-out", s.postSignOut)
	s.work("GET /work/county", s.getCounty)
	s.work("POST /work/county", s.postCounty)
	s.work("GET /work/{$}", s.getDesk)
	s.work("GET /work", func(q *request) error { return q.seeOther("/work/") })
	s.work("GET /work/items", s.getItems)
	s.work("POST /work/items/confirm", s.postConfirm)
	s.work("GET /work/items/new", s.getNewItem)
	s.work("POST /work/items/new", s.postNewItem)
	s.work("GET /work/items/{id}", s.getItem)
	s.workFeedbackRoutes()
	s.work("GET /work/items/{id}/files", s.getFiles)
	s.workUpTo("POST /work/items/{id}/files", catalog.MaxFile, s.postFile)
	s.work("POST /work/items/{id}/files/remove", s.postFileRemove)
	s.work("GET /work/items/{id}/files/{slot}", s.getWorkFile)
	s.work("GET /work/items/{id}/edit", s.getEdit)
	s.work("POST /work/items/{id}/edit", s.postEdit)
	s.work("POST /work/items/{id}/judge", s.postJudge)
	s.work("POST /work/items/{id}/repair", s.postRepair)
	s.work("POST /work/items/{id}/reasons", s.postReason)
	s.work("POST /work/items/{id}/waivers", s.postWaiver)
	s.work("POST /work/items/{id}/draft/drop", s.postDropDraft)
	s.work("GET /work/items/{id}/merge", s.getMerge)
	s.work("POST /work/items/{id}/merge", s.postMerge)
	s.work("GET /work/items/{id}/history", s.getHistory)
	s.work("POST /work/items/{id}/restore", s.postRestore)
	s.work("GET /work/items/{id}/whatif", s.getWhatIf)
	s.work("POST /work/items/{id}/pledge", s.postPledge)
	s.work("GET /work/items/{id}/analysis", s.getAnalysis)
	s.work("POST /work/items/{id}/analysis", s.postAnalysis)
	s.work("GET /work/planner", s.getPlanner)
	s.work("POST /work/planner/pledge", s.postPlannerPledge)
	for _, format := range []string{"xlsx", "csv", "docx", "pdf"} {
		s.work("GET /work/planner/analyses."+format, s.getAnalyses(format))
	}
	s.work("GET /work/planner/plan.xlsx", s.getPlanning("xlsx"))
	s.work("GET /work/planner/plan.csv", s.getPlanning("csv"))
	s.work("GET /work/materials", s.getMaterials)
	s.work("GET /work/materials.csv", s.getMaterialTable("材料排行", false))
	s.work("GET /work/materials/findings", s.getMaterialFindings)
	s.work("GET /work/materials/findings.csv", s.getMaterialTable("重复提交", true))
	s.work("GET /work/materials/{key}", s.getMaterial)
	s.work("GET /work/pledges", s.getPledges)
	s.work("POST /work/pledges/{id}/withdraw", s.postWithdraw)
	s.work("POST /work/items/{id}/reopen", s.postReopen)
	s.work("GET /work/import", s.getImport)
	s.work("POST /work/import", s.postImport)
	s.work("GET /work/import/template.xlsx", s.getTemplate)
	s.work("GET /work/import/{id}", s.getImportRun)
	s.work("POST /work/import/{id}", s.postImportRun)
	s.work("GET /work/import/{id}/rows.xlsx", s.getImportRows)
	s.work("GET /work/lists", s.getLists)
	s.work("GET /work/lists.csv", s.getListTable)
	s.work("GET /work/lists/changes", s.getListChanges)
	s.work("GET /work/lists/changes.csv", s.getListChangesTable)
	s.work("GET /work/lists/entries/{id}", s.getEntry)
	s.work("POST /work/lists/claim", s.postClaim)
	s.work("GET /work/lists/matches", s.getMatches)
	s.work("POST /work/lists/matches", s.postMatches)
	s.work("POST /work/lists/assign", s.postAssign)
	s.work("GET /work/lists/import", s.getListImport)
	s.work("POST /work/lists/import", s.postListImport)
	s.work("GET /work/report", s.getReport)
	s.workUpTo("POST /work/report", publication.MaxScan, s.postReport)
	s.work("POST /work/report/zero", s.postZeroReport)
	s.work("GET /work/plan", s.getPlan)
	s.work("POST /work/plan", s.postPlan)
	s.work("POST /work/plan/lateness/withdraw", s.postWithdrawLateness)
	s.work("GET /work/contacts", s.getContacts)
	s.work("GET /work/contacts.xlsx", s.getContactTable)
	s.work("POST /work/contacts", s.postContacts)
	s.work("GET /work/receipts", s.getReceipts)
	s.work("GET /work/submissions", s.getSubmissions)
	s.work("GET /work/submissions/{id}", s.getSubmission)
	s.workUpTo("POST /work/submissions/{id}/scans", publication.MaxScan, s.postScan)
	s.work("GET /work/submissions/{id}/scans/{scan}", s.getScan)
	s.work("POST /work/submissions/{id}/sign", s.postSign)
	s.work("GET /work/submissions/{id}/clean", s.getClean)
	s.work("POST /work/submissions/{id}/pass-clean", s.postPassClean)
	s.work("GET /work/submissions/{id}/items/{item}", s.getReview)
	s.work("POST /work/submissions/{id}/items/{item}", s.postReview)
	s.work("POST /work/submissions/{id}/items/{item}/adopt", s.postAdopt)
	s.work("POST /work/submissions/{id}/items/{item}/ask", s.postAskRuling)
	s.work("POST /work/submissions/{id}/items/{item}/rule", s.postRule)
	s.work("GET /work/batches", s.getBatches)
	s.work("POST /work/batches", s.postBatches)
	s.work("GET /work/batches/{id}", s.getBatch)
	s.work("POST /work/batches/{id}/remove", s.postBatchRemove)
	s.work("POST /work/batches/{id}/send", s.postBatchSend)
	s.work("POST /work/batches/{id}/approve", s.postBatchApprove)
	s.work("POST /work/batches/{id}/return", s.postBatchReturn)
	s.work("POST /work/batches/{id}/publish", s.postBatchPublish)
	s.work("POST /work/batches/{id}/strike", s.postBatchStrike)
	s.work("POST /work/batches/{id}/schedule", s.postBatchSchedule)
	s.adjustRoutes()
	s.listRoutes()
	s.channelWork()
	s.placeRoutes()
	s.work("GET /work/guides", s.getGuides)
	s.work("POST /work/guides", s.postGuides)
	s.work("POST /work/guides/settle", s.postSettle)
	s.work("POST /work/items/{id}/laws", s.postLaws)
	s.work("GET /work/rules", s.getRules)
	s.work("GET /work/checks", s.getChecks)
	s.work("GET /work/checks.csv", s.getChecksTable)
	s.work("GET /work/words", s.getWords)
	s.work("POST /work/words", s.postWords)
	s.work("GET /work/waivers", s.getWaivers)
	s.work("GET /work/waivers.csv", s.getWaiverTable)
	s.work("GET /work/waivers/{id}", s.getWaiver)
	s.work("POST /work/waivers/{id}", s.postDecideWaiver)
	s.work("GET /work/rules/county", s.getCountyRules)
	s.work("POST /work/rules/county", s.postCountyRules)
	s.work("GET /work/templates", s.getTemplates)
	s.work("GET /work/templates/{name}", s.getPaperTemplate)
	s.workUpTo("POST /work/templates/{name}", maxTemplateFile, s.postPaperTemplate)
	s.work("GET /work/board", s.getBoard)
	s.work("GET /work/units", s.getUnitList)
	s.work("GET /work/units/import", s.getRegister)
	s.workUpTo("POST /work/units/import", maxRegisterFile, s.postRegister)
	s.work("GET /work/units/template.xlsx", s.getRegisterTemplate)
	s.work("GET /work/units/new", s.getUnitRecord)
	s.work("POST /work/units/new", s.postUnitRecord)
	s.work("GET /work/units/{id}", s.getUnitRecord)
	s.work("POST /work/units/{id}", s.postUnitRecord)
	s.work("GET /work/halls", s.getHalls)
	s.work("POST /work/halls", s.postHalls)
	s.work("GET /work/calendar", s.getCalendar)
	s.workUpTo("POST /work/calendar", maxHolidayFile, s.postCalendar)
	s.work("GET /work/calendar.csv", s.getCalendarTable)
	s.work("GET /work/people", s.getPeople)
	s.work("POST /work/people", s.postPeople)
	s.work("GET /work/me", s.getMe)
	s.work("POST /work/me", s.postMe)
	s.keyRoutes()
	s.work("GET /work/audit", s.getAudit)
	s.work("GET /work/audit.csv", s.getAuditTable)
	s.work("GET /styleguide", func(q *request) error { return q.render(q.page("组件样例"), ui.Styleguide()) })
}

// page is the frame of a page for whoever is asking.
func (q *request) page(title string) ui.Page {
	p := ui.Page{Title: title, Path: q.URL.Path, Demo: q.s.Demo, Elder: q.elder(), Site: q.s.county().Title(), ContactPhone: "12345"}
	if q.in.Actor.ID != "" {
		a := q.in.Actor
		roles := ""
		for i, r := range a.Roles {
			if i > 0 {
				roles += "、"
			}
			roles += string(r)
		}
		p.User = &ui.UserView{Name: a.Name, Unit: a.UnitName, Roles: roles}
		p.CSRF = q.in.FormToken
		p.Nav = workNav(a)
	}
	if msg := q.URL.Query().Get("done"); msg != "" {
		p.Flash = doneTexts[msg]
	}
	if r := q.s.Portal.Head(); r != nil {
		p.ReleaseText = "第 " + strconv.FormatInt(r.Seq, 10) + " 次公布（" + r.Number + "）"
	}
	return p
}

// doneTexts are the messages after a form was carried out; the URL carries only
// the key, so that nobody can put words into the page's mouth.
var doneTexts = map[string]string{
	"saved":      "已保存。",
	"word-saved": "用语已保存，搜索随即按它查找。", "word-dropped": "用语已删除。",
	"created":   "事项已建立。",
	"dropped":   "草稿已放弃，下面是已保存的内容。",
	"merged":    "两人的修改已合并保存。",
	"repaired":  "已按检查结果更正。",
	"restored":  "已恢复，并记为新的一版。",
	"confirmed": "已确认，可以报送。",
	"reopened":  "已撤回确认，联络员可以继续修改。",
	"reported":  "报送成功，请记下编号。",
	"contacts":  "名单已报送。",
	"scanned":   "扫描件已保存。",
	"answered":  "答复已保存，群众凭编号可以看到。",
	"told":      "已提交，请记下编号。",
	"signed":    "承诺书已签署，已记入公布日志。",
	"attached":  "文件已上传，随事项一起报送和公布。",
	"detached":  "文件已撤下。",
	"template":  "模板已启用，以后打印的文书都用它。",
	"original":  "已恢复为系统自带的模板。",
	"plan":      "改革方案已保存，各单位的待办期限同步更新。",
	"unlate":    "迟报记录已撤销，理由已记入审计并告知单位。",
	"reviewed":  "审核意见已保存。",
	"passed":    "所选的事项已通过。", "passed-some": "所选的事项已通过；其间出现疑点的没有通过，请逐项审核。",
	"agreed": "两家意见已经一致。", "ruling-asked": "已提请县政府裁定。", "ruled": "已裁定。",
	"composed":  "批次已建立。",
	"sent":      "已报县政府。",
	"approved":  "已批准，由审改办公布。",
	"returned":  "已退回审改办。",
	"published": "已公布，门户同步更新。",
	"struck":    "已从批次中移除，事项退回单位。",
	"scheduled": "公布时间已更新。",

	"place": "公示地点已保存。", "place-closed": "已停用，展示的内容一并撤下。", "displayed": "已登记展示的内容。", "taken-down": "已记为撤下。",
	"seen": "已记录在此处看到的内容。", "seen-old": "已记录。这一份不是现行的，已请维护单位更换。", "crawled": "已安排，一分钟后刷新本页查看结果。",
	"unit-told": "谢谢！已告知维护单位核实更换。",
	"guides":    "已记录核对，指南上的核对日期同步更新。", "laws": "已记录，依据核对办结。",
	"adjust-filed": "已提交。", "adjust-made": "事项已建立，请补充内容并由单位负责人确认。", "adjust-confirm": "已确认，报审改办审查。",
	"adjust-withdraw": "已撤回，事项恢复为调整前的状态。", "adjust-return": "已退回。", "adjust-reopen": "已收回。", "adjust-refuse": "已办结：不予调整。",
	"adjust-send": "已报县政府。", "adjust-decide": "已同意，可以公布。", "adjust-approve": "已批准，由审改办公布。",
	"adjust-schedule": "公布时间已更新。", "adjust-publish": "已公布，门户同步更新。", "reinstated": "已重新启用，修改并确认后申请“新增”。",
	"account":  "账号已更新。",
	"key-made": "密钥已建立。请把服务器 keys 目录中的私钥文件另存一份，并把新的公钥和指纹交给要核验的人。", "key-sealed": "口令已更改。", "key-ended": "密钥已作废，公布日志已记载。",
	"password":  "密码已修改，其他地方的登录已退出。",
	"elsewhere": "其他地方的登录已退出。",
	"county":    "已保存，门户和文书随即采用。",
	"unit":      "单位信息已保存，起草中的事项正在重新检查。",
	"pledged":   "承诺已保存，到期前请落实措施并公布新的流程。",
	"withdrawn": "承诺已撤销。",
	"pushed":    "已安排推送，几秒后刷新本页查看结果。",
	"rules":     "规则已启用，起草中的事项正在重新检查。",
	"claimed":   "处理意见已保存。",
	"matched":   "同名条目已认领。",
	"assigned":  "承接单位已指定。",
	"explained": "理由已记录，报送时一并交审核。",
	"asked":     "豁免申请已交审改办，答复后在待办中通知。",
	"waived":    "已同意豁免。该材料只填名称、文号或者编码。",
	"unwaived":  "答复已保存，单位会收到待办。",
	"ended":     "豁免已撤销。",
}

// workNav offers what the actor's roles can use.
func workNav(a org.Actor) []ui.NavItem {
	nav := []ui.NavItem{{Label: "我的待办", Href: "/work/"}}
	add := func(label, href string, ok bool) {
		if ok {
			nav = append(nav, ui.NavItem{Label: label, Href: href})
		}
	}
	can := func(act org.Action) bool { return org.Can(a, act, a.UnitID) == nil }
	add("事项", "/work/items", can(org.ReadItem))
	add("导入", "/work/import", can(org.ImportItems))
	add("清单认领", "/work/lists", can(org.ReadItem))
	add("改革方案", "/work/plan", can(org.ReadItem))
	add("负责人和联络员", "/work/contacts", can(org.ReportContacts) || can(org.ReadCounty))
	add("报送", "/work/report", can(org.SubmitPackage))
	add("改革推演", "/work/planner", can(org.ReadItem))
	add("材料", "/work/materials", can(org.ReadItem))
	add("报送与审核", "/work/submissions", can(org.ReadItem))
	add("批次与公布", "/work/batches", can(org.ReadCounty))
	add("指南纠错", "/work/feedback", can(org.ReadItem))
	add("动态调整", "/work/adjustments", can(org.ReadItem))
	add("渠道发布", "/work/channels", can(org.ReadItem))
	add("指南核对", "/work/guides", can(org.ReadItem))
	add("公示地点", "/work/places", can(org.ReadItem))
	add("全县情况", "/work/board", can(org.ReadCounty))
	add("检查结果", "/work/checks", can(org.ReadItem))
	add("检查规则", "/work/rules", can(org.ReadItem))
	add("搜索用语", "/work/words", can(org.ManageWords))
	add("文书模板", "/work/templates", can(org.ManagePapers))
	add("本县", "/work/county", can(org.ManageCounty))
	add("单位", "/work/units", can(org.ManageUnits))
	add("大厅和窗口", "/work/halls", can(org.ManageUnits))
	add("账号", "/work/people", can(org.ReadPeople))
	add("签名密钥", "/work/keys", can(org.ManageKeys) || can(org.SignCommitment))
	add("工作日历", "/work/calendar", can(org.ManageCalendar))
	add("审计记录", "/work/audit", can(org.ReadAudit))
	return nav
}

// keepInput answers a form that was refused: the page again, with the messages
// and what was typed.
func (q *request) fieldErrors(err error) (summary string, fields []ui.FieldError, ok bool) {
	k := fault.KindOf(err)
	if k != fault.Invalid && k != fault.Conflict {
		return "", nil, false
	}
	for _, f := range fault.Fields(err) {
		fields = append(fields, ui.FieldError{ID: f.Path, Text: f.Text})
	}
	return fault.Text(err), fields, true
}

func stateLight(s publication.State) string {
	switch s {
	case publication.Published, publication.Approved:
		return "green"
	case publication.Returned:
		return "red"
	case publication.Submitted, publication.Batched, publication.Adjusting, publication.Suspended:
		return "yellow"
	}
	return "grey"
}
