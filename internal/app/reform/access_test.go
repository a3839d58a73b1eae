package reform_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/lint"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/blob"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

// Who may do what, in the words of the table below.
const (
	reads     = "单位联络员 单位负责人 经办人 窗口人员 审改办 行政审批局 县政府 督查室"
	sees      = "审改办 行政审批局 县政府 督查室"
	liaison   = "单位联络员"
	hangs     = "单位联络员 单位负责人 经办人 窗口人员 审改办 督查室"
	leader    = "单位负责人"
	pledges   = "单位联络员 单位负责人 审改办"
	imports   = "单位联络员 审改办"
	reviews   = "审改办 行政审批局"
	reformers = "审改办"
	grants    = "县政府"
)

// ownUnitOnly are the roles that see their own unit's things only.
var ownUnitOnly = []org.Role{org.RoleLiaison, org.RoleLeader, org.RoleHandler, org.RoleClerk}

// stage is what the calls of the table act on: something of the health bureau.
type stage struct {
	*county
	draft, submitted      string // items
	sub, batch, run, entr string
	drawn, filed, spare   string // adjustments
	waiver                string // asked for
	place                 string // where guides hang
	file                  string
}

// call is one method of the service, called so that it would do something for
// whoever may, but nothing that the other calls need.
type call struct {
	method, may string
	do          func(ctx context.Context, s *stage, a org.Actor) error
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

var calls = []call{
	{"Analysis", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Analysis(ctx, a, s.draft)) }},
	{"SaveAnalysis", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SaveAnalysis(ctx, a, plan.Analysis{ItemID: s.draft})
	}},
	{"WriteAnalyses", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.WriteAnalyses(ctx, a, s.health.ID, "csv", io.Discard))
	}},
	{"Batches", sees, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Batches(ctx, a)) }},
	{"Batch", sees, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Batch(ctx, a, s.batch)) }},
	{"Waiting", sees, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Waiting(ctx, a)) }},
	{"ComposeBatch", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ComposeBatch(ctx, a, "第一批", nil))
	}},
	{"RemoveFromBatch", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.RemoveFromBatch(ctx, a, s.batch, s.draft)
	}},
	{"SendBatch", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.SendBatch(ctx, a, s.batch) }},
	{"ReturnBatch", grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ReturnBatch(ctx, a, s.batch, "理由")
	}},
	{"Rule", grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.Rule(ctx, a, s.sub, s.submitted, publication.Pass, "理由")
	}},
	{"ApproveBatch", grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ApproveBatch(ctx, a, s.batch, reform.Approval{})
	}},
	{"Publish", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Publish(ctx, a, s.batch)) }},
	{"Board", sees, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Board(ctx, a)) }},
	{"FormerContacts", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.FormerContacts(ctx, a, s.health.ID))
	}},
	{"ChangePlan", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ChangePlan(ctx, a, plan.Plan{ID: "没有的", Title: "方案", Start: s.today()})
	}},
	{"Contacts", "审改办 行政审批局 县政府 督查室", func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Contacts(ctx, a))
	}},
	{"Vacancies", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Vacancies(ctx, a)) }},
	{"WriteContacts", "审改办", func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteContacts(ctx, a, io.Discard)
	}},
	{"ReportContacts", "单位联络员 单位负责人", func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ReportContacts(ctx, a, store.Contact{UnitID: s.health.ID, Leader: "甲", Liaison: "乙", Phone: "0319-7212345"})
	}},
	{"Contact", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Contact(ctx, a, s.health.ID))
	}},
	{"WithdrawLateness", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WithdrawLateness(ctx, a, s.health.ID, plan.Contacts, "时钟快了一天")
	}},
	{"SetPlan", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.SetPlan(ctx, a, plan.Plan{}) }},
	{"Judge", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Judge(ctx, a, s.health.ID, "", lint.GoodItem()))
	}},
	{"SaveDraft", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SaveDraft(ctx, a, reform.Draft{ItemID: s.draft, Base: 1})
	}},
	{"RepairItem", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.RepairItem(ctx, a, s.draft, 99, "E01", "complaint")
	}},
	{"History", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.History(ctx, a, s.draft, 0)) }},
	{"RestoreItem", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.RestoreItem(ctx, a, s.draft, 99, 1) }},
	{"ItemAt", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.ItemAt(ctx, a, s.draft, 1)) }},
	{"Merge", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Merge(ctx, a, s.draft, 1, lint.GoodItem(), nil))
	}},
	{"StartImport", imports, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.StartImport(ctx, a, s.health.ID, "清单.xlsx", blob.Ref{}, true))
	}},
	{"ImportRun", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.ImportRun(ctx, a, s.run)) }},
	{"ImportProblems", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.ImportProblems(ctx, a, s.run, 0, 1))
	}},
	{"ImportChanges", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.ImportChanges(ctx, a, s.run, "", 0, 1))
	}},
	{"ImportRows", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.ImportRows(ctx, a, s.run)) }},
	{"ImportFile", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ImportFile(ctx, a, s.file, reform.FileImport{DryRun: true}, nil))
	}},
	{"ImportReader", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ImportReader(ctx, a, "空.csv", strings.NewReader(""), 0))
	}},
	{"WriteItems", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteItems(ctx, a, io.Discard, reform.ItemFilter{Units: []string{s.health.ID}}, "csv")
	}},
	{"WriteBoard", sees, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteBoard(ctx, a, io.Discard, reform.Order{}, "csv")
	}},
	{"WriteBatch", sees, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteBatch(ctx, a, io.Discard, s.batch, "csv")
	}},
	{"Items", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.Items(ctx, a, reform.ItemFilter{Units: []string{s.health.ID}}))
	}},
	{"Item", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Item(ctx, a, s.draft)) }},
	{"CreateItem", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.CreateItem(ctx, a, s.health.ID, &catalog.Item{Name: "新事项"}))
	}},
	{"SaveItem", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SaveItem(ctx, a, s.draft, 99, lint.GoodItem())
	}},
	{"ConfirmItems", leader, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ConfirmItems(ctx, a, []string{s.submitted})
	}},
	{"ReopenItem", leader, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.ReopenItem(ctx, a, s.submitted) }},
	{"Lists", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Lists(ctx, a, reform.ListFilter{Units: []string{s.health.ID}}))
	}},
	{"ListChanges", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ListChanges(ctx, a, catalog.PowerList, []string{s.health.ID}))
	}},
	{"WriteListChanges", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteListChanges(ctx, a, catalog.PowerList, []string{s.health.ID}, io.Discard)
	}},
	{"WriteLists", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteLists(ctx, a, reform.ListFilter{Units: []string{s.health.ID}}, io.Discard)
	}},
	{"Entry", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Entry(ctx, a, s.entr, "")) }},
	{"Claim", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.Claim(ctx, a, reform.Claiming{EntryID: s.entr, Version: 99})
	}},
	{"Matches", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Matches(ctx, a, s.health.ID))
	}},
	{"ClaimMatches", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ClaimMatches(ctx, a, s.health.ID, nil))
	}},
	{"AssignEntry", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AssignEntry(ctx, a, s.entr, s.water.ID, s.health.ID)
	}},
	{"ImportList", imports, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ImportList(ctx, a, reform.ListSource("清单.csv", strings.NewReader(""), 0), reform.ListImport{Unit: s.health.ID}))
	}},
	{"ImportListFile", imports, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ImportListFile(ctx, a, s.file, s.health.Name, reform.ListImport{}))
	}},
	{"Templates", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Templates(ctx, a)) }},
	{"Template", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Template(ctx, a, "没有的文书"))
	}},
	{"PreviewTemplate", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PreviewTemplate(ctx, a, io.Discard, "没有的文书", ""))
	}},
	{"ReplaceTemplate", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ReplaceTemplate(ctx, a, "没有的文书", "")
	}},
	{"RestoreTemplate", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.RestoreTemplate(ctx, a, "没有的文书")
	}},
	{"PrintSubmission", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintSubmission(ctx, a, io.Discard, s.sub, "没有的文书", "pdf", nil))
	}},
	{"PrintItem", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintItem(ctx, a, io.Discard, s.draft, "没有的文书", "pdf"))
	}},
	{"PrintAnnouncement", sees, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintAnnouncement(ctx, a, io.Discard, "没有的批次", "pdf", ""))
	}},
	{"StartAdjustment", liaison + " " + reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.StartAdjustment(ctx, a, reform.AdjustInput{Op: publication.OpAdd, UnitID: s.health.ID}))
	}},
	{"SaveAdjustment", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SaveAdjustment(ctx, a, s.drawn, 99, reform.AdjustInput{})
	}},
	{"MakeSuccessors", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.MakeSuccessors(ctx, a, s.drawn, 99, s.draft, nil, nil)
	}},
	{"FileAdjustment", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.FileAdjustment(ctx, a, s.drawn, 99) }},
	{"ConfirmAdjustment", leader, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.ConfirmAdjustment(ctx, a, s.drawn) }},
	{"WithdrawAdjustment", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.WithdrawAdjustment(ctx, a, s.spare) }},
	{"ReturnAdjustment", reformers + " " + grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ReturnAdjustment(ctx, a, s.filed, "理由")
	}},
	{"ReopenAdjustment", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ReopenAdjustment(ctx, a, s.drawn, "理由")
	}},
	{"RefuseAdjustment", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.RefuseAdjustment(ctx, a, s.drawn, "理由")
	}},
	{"DecideAdjustment", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.DecideAdjustment(ctx, a, s.drawn, "")
	}},
	{"SendAdjustment", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.SendAdjustment(ctx, a, s.drawn) }},
	{"ApproveAdjustment", grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ApproveAdjustment(ctx, a, s.drawn, "", calendar.Date{})
	}},
	{"ConfirmGuides", liaison + " " + leader, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ConfirmGuides(ctx, a, []string{s.draft})
	}},
	{"Guides", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Guides(ctx, a, s.health.ID, true))
	}},
	{"Links", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Links(ctx, a, s.health.ID)) }},
	{"Probes", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Probes(ctx, a, s.health.ID)) }},
	{"SettleProbe", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SettleProbe(ctx, a, reform.Finding{ItemID: s.draft}, "理由")
	}},
	{"AnswerLaw", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AnswerLaw(ctx, a, s.draft, "理由")
	}},
	{"ReinstateItem", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.ReinstateItem(ctx, a, s.draft) }},
	{"Adjustment", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Adjustment(ctx, a, s.drawn)) }},
	{"PrintAdjustment", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintAdjustment(ctx, a, io.Discard, s.drawn, "gif", func(int64) string { return "" })) // no such format
	}},
	{"SetPublication", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SetPublication(ctx, a, s.batch, time.Time{})
	}},
	{"StrikeItem", grants, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.StrikeItem(ctx, a, s.batch, s.draft, "理由")
	}},
	{"WhatIf", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.WhatIf(ctx, a, s.draft, nil))
	}},
	{"PlanMeasures", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PlanMeasures(ctx, a, reform.PlanQuery{Unit: s.health.ID}))
	}},
	{"WritePlan", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WritePlan(ctx, a, reform.PlanQuery{Unit: s.health.ID}, "csv", io.Discard)
	}},
	{"PledgePlan", pledges, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PledgePlan(ctx, a, reform.PlanQuery{Unit: s.health.ID}, calendar.Date{}))
	}},
	{"PledgeItem", pledges, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.PledgeItem(ctx, a, s.draft, nil, calendar.Date{})
	}},
	{"Pledges", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.Pledges(ctx, a, reform.PledgeFilter{Units: []string{s.health.ID}}))
	}},
	{"PlanTimes", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PlanTimes(ctx, a, s.health.ID))
	}},
	{"ReviewItem", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.ReviewItem(ctx, a, s.sub, s.submitted, ""))
	}},
	{"Review", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Review(ctx, a, s.sub, "", nil, nil, 10))
	}},
	{"NextToReview", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.NextToReview(ctx, a, s.sub, s.submitted, ""))
	}},
	{"CleanItems", reviews, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.CleanItems(ctx, a, s.sub))
	}},
	{"AdoptVerdict", reviews, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AdoptVerdict(ctx, a, s.sub, s.submitted)
	}},
	{"AskRuling", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AskRuling(ctx, a, s.sub, s.submitted, "理由")
	}},
	{"Decide", reviews, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.Decide(ctx, a, s.sub, []string{s.submitted}, "没有的决定", nil)
	}},
	{"PassClean", reviews, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PassClean(ctx, a, "没有的报送", nil))
	}},
	{"CountyRules", reformers, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.CountyRules(ctx, a, 0)) }},
	{"TryRules", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.TryRules(ctx, a, "rules: 1"))
	}},
	{"SaveRules", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.SaveRules(ctx, a, 99, "", "无"))
	}},
	{"Prepare", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Prepare(ctx, a, s.health.ID))
	}},
	{"ExplainFinding", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.ExplainFinding(ctx, a, s.draft, "E04", "conditions[0]", "照录省级目录")
	}},
	{"AskWaiver", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AskWaiver(ctx, a, reform.Waiving{ItemID: s.draft, Rule: "M03", Field: "materials[0].licence", Reason: "证照库尚未联通"})
	}},
	{"GrantWaiver", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.GrantWaiver(ctx, a, reform.Waiving{ItemID: s.draft, Rule: "M03", Field: "materials[0].licence", Reason: "证照库尚未联通", Until: s.today()})
	}},
	{"DecideWaiver", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.DecideWaiver(ctx, a, s.waiver, 99, false, calendar.Date{}, "改为共享核验")
	}},
	{"EndWaiver", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.EndWaiver(ctx, a, s.waiver, 99, "") }},
	{"Waiver", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Waiver(ctx, a, s.waiver)) }},
	{"SubmitPackage", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.SubmitPackage(ctx, a, reform.Reporting{UnitID: s.health.ID, Items: []string{s.submitted}}))
	}},
	{"SubmitZeroReport", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.SubmitZeroReport(ctx, a, s.health.ID, "无事项"))
	}},
	{"AddScan", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AddScan(ctx, a, s.sub, &reform.ScanFile{Name: "承诺书.doc", Size: 4, R: strings.NewReader("word")})
	}},
	{"OpenScan", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.OpenScan(ctx, a, s.sub, "none"))
	}},
	{"Feedbacks", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.Feedbacks(ctx, a, reform.FeedbackFilter{Units: []string{s.health.ID}}))
	}},
	{"FeedbackTallies", sees, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.FeedbackTallies(ctx, a)) }},
	{"AttachFile", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.AttachFile(ctx, a, s.draft, 99, "materials.0.form", reform.FileIn{Name: "表.exe", Size: 2, R: strings.NewReader("MZ")})
	}},
	{"RemoveFile", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.RemoveFile(ctx, a, s.draft, 99, "materials.0.form")
	}},
	{"OpenFile", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.OpenFile(ctx, a, s.draft, "none"))
	}},
	{"SignCommitment", leader, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SignCommitment(ctx, a, s.sub, "")
	}},
	{"WriteReleaseFile", reformers, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteReleaseFile(ctx, a, io.Discard)
	}},
	{"PrintCommitment", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintCommitment(ctx, a, io.Discard, s.health.ID, "pdf"))
	}},
	{"SavePlace", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.SavePlace(ctx, a, publication.Place{UnitID: s.health.ID, Kind: "无"}))
	}},
	{"ClosePlace", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.ClosePlace(ctx, a, s.place, 99, "") }},
	{"ReopenPlace", liaison, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.ReopenPlace(ctx, a, s.place, 99) }},
	{"RegisterDisplays", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.RegisterDisplays(ctx, a, reform.Registering{PlaceID: s.place, Text: "7K3QD-2M8XA"}))
	}},
	{"PutUp", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.PutUp(ctx, a, s.place, []string{s.draft})
	}},
	{"TakeDown", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.TakeDown(ctx, a, s.place, []string{s.draft})
	}},
	{"SettleSighting", liaison, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.SettleSighting(ctx, a, s.place, "none", "")
	}},
	{"See", hangs, func(ctx context.Context, s *stage, a org.Actor) error {
		return third(s.r.See(ctx, a, s.place, "7K3QD-2M8XA", false))
	}},
	{"AskCrawl", hangs, func(ctx context.Context, s *stage, a org.Actor) error { return s.r.AskCrawl(ctx, a, s.place) }},
	{"Place", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Place(ctx, a, s.place)) }},
	{"PrintPlace", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.PrintPlace(ctx, a, io.Discard, s.place, "海报", "docx", nil, nil))
	}},
	{"Drift", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return second(s.r.Drift(ctx, a, reform.DriftFilter{Unit: s.health.ID}))
	}},
	{"WriteDrift", reads, func(ctx context.Context, s *stage, a org.Actor) error {
		return s.r.WriteDrift(ctx, a, reform.DriftFilter{Unit: s.health.ID}, io.Discard, "csv")
	}},
	{"Submission", reads, func(ctx context.Context, s *stage, a org.Actor) error { return second(s.r.Submission(ctx, a, s.sub)) }},
}

// unguarded are the methods that ask nobody, each with the reason.
var unguarded = map[string]string{
	"CheckReceipt":         "answers about what the asker may read: TestReceipts",
	"CanSign":              "an answer for leaders, nothing for others",
	"Feedback":             "needs a report: TestFeedbackIsAnswered",
	"AnswerFeedback":       "needs a report: TestFeedbackIsAnswered",
	"KeepFile":             "keeps bytes of whoever is signed in; AttachFile decides",
	"Upload":               "keeps bytes of whoever is signed in; StartImport decides",
	"RunImport":            "the worker's; StartImport decided",
	"PlanView":             "the published plan, with the lateness of the asker's unit, or the county's",
	"ScheduleMilestones":   "the timetable's",
	"RunMilestones":        "the worker's; the plan decided",
	"RunMessage":           "the worker's; RunMilestones decided",
	"RunPublish":           "the worker's; SetPublication decided",
	"RunWatch":             "the worker's; nothing to decide",
	"RunLinks":             "the worker's; nothing to decide",
	"ScheduleLinks":        "the timetable's",
	"ScheduleWatch":        "the timetable's",
	"SchedulePublications": "the timetable's",
	"Adjustments":          "of the asker's unit, or the county's",
	"FindPublished":        "what is published",
	"Rejudge":              "the worker's; SaveRules decided",
	"Plan":                 "the published reform plan",
	"RulesInForce":         "the command line's; the rules are published",
	"WriteTemplate":        "an empty form",
	"Draft":                "the asker's own",
	"DropDraft":            "the asker's own",
	"ConfirmImport":        "needs a finished dry run: TestConfirmImport",
	"ImportRuns":           "the asker's own and the asker's unit's",
	"UnitBoard":            "the asker's unit's",
	"Rules":                "of the asker's unit",
	"WriteSubmissions":     "as Submissions",
	"WriteAdjustments":     "as Adjustments",
	"Submissions":          "of the asker's unit, or the county's",
	"WithdrawPledge":       "needs a pledge: TestAPlanBecomesPledges",
	"Material":             "the demands of the units whose items the asker may read: TestMaterialsOfTheCounty",
	"Materials":            "the demands of the units whose items the asker may read: TestMaterialsOfTheCounty",
	"MaterialFindings":     "the demands of the units whose items the asker may read: TestMaterialsOfTheCounty",
	"WriteMaterials":       "the demands of the units whose items the asker may read: TestMaterialsOfTheCounty",
	"Waivers":              "of the units whose items the asker may read: TestWaivers",
	"WriteWaivers":         "of the units whose items the asker may read: TestWaivers",
	"ScheduleWaivers":      "the timetable's",
	"CountySubjects":       "the operator's",
	"Checks":               "of the units whose items the asker may read: TestChecks",
	"WriteChecks":          "of the units whose items the asker may read: TestChecks",
	"RunWaivers":           "the worker's; the waivers decided",
	"PlacesOf":             "the places of units whose things the asker may read, none to others",
	"Changes":              "what is published",
	"RecordCrawl":          "the worker's; AskCrawl or the timetable decided",
	"RunCrawl":             "the worker's; AskCrawl or the timetable decided",
	"ScheduleCrawls":       "the timetable's",
	"RunDrift":             "the worker's; nothing to decide",
}

// Every method of the hall asks who is there: each role is let through or told
// Forbidden, people of another unit and nobody at all are turned away, and who
// is turned away changes nothing.
func TestWhoMayDoWhat(t *testing.T) {
	var tested []string
	for _, c := range calls {
		tested = append(tested, c.method)
	}
	for m := range reflect.TypeFor[*reform.Service]().Methods() {
		if _, free := unguarded[m.Name]; free == slices.Contains(tested, m.Name) {
			t.Errorf("%s: say who may call it, in the table or among the unguarded", m.Name)
		}
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		s := newStage(t, db)
		people := s.people()
		for _, c := range calls {
			before := s.everything()
			var let []org.Actor
			for _, a := range people {
				may := slices.Contains(strings.Fields(c.may), string(a.Roles[0])) && (a.UnitID != s.water.ID || !slices.Contains(ownUnitOnly, a.Roles[0]))
				if may {
					let = append(let, a)
					continue
				}
				err := c.do(t.Context(), s, a)
				if !fault.Is(err, fault.Forbidden) {
					t.Errorf("%s: %s is not refused: %v", c.method, a.Name, err)
				} else if !strings.ContainsFunc(fault.Text(err), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
					t.Errorf("%s: %s is told %q", c.method, a.Name, fault.Text(err))
				}
			}
			if err := c.do(t.Context(), s, org.Actor{}); !fault.Is(err, fault.Unauthorized) {
				t.Errorf("%s: nobody is not refused: %v", c.method, err)
			}
			if after := s.everything(); after != before {
				t.Errorf("%s: a refused call left a trace", c.method)
			}
			for _, a := range let {
				if err := c.do(t.Context(), s, a); fault.Is(err, fault.Forbidden) || fault.Is(err, fault.Unauthorized) || fault.Is(err, fault.Internal) {
					t.Errorf("%s: %s: %v", c.method, a.Name, err)
				}
			}
		}
		if _, err := db.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// report confirms items of the health bureau, hands them in and gives the
// submission's ID.
func (c *county) report(ids ...string) string {
	c.t.Helper()
	if err := c.r.ConfirmItems(c.t.Context(), c.leader, ids); err != nil {
		c.t.Fatal(err)
	}
	sub, err := c.r.SubmitPackage(c.t.Context(), c.liaison, c.reporting(ids...))
	if err != nil {
		c.t.Fatal(err, fault.Fields(err))
	}
	return sub.ID
}

func (c *county) reporting(ids ...string) reform.Reporting {
	return reform.Reporting{UnitID: c.health.ID, Items: ids, Signatory: "某某", Title: "局长", SignedOn: c.today(), Text: "承诺",
		Reasons: map[string]string{"S02": "两项的申请人不同", "C01": "名称照录省级目录"}}
}

func newStage(t *testing.T, db *store.DB) *stage {
	c := newCounty(t, db)
	s := &stage{county: c, draft: c.item(c.health, "草稿事项"), submitted: c.goodItem(), file: filepath.Join(t.TempDir(), "空.csv")}
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.sub = c.report(s.submitted)
	c.must(c.liaison, reform.ListImport{List: catalog.PowerList, Edition: "2018年版", Unit: c.health.ID}, powers)
	s.entr = c.entry("护士执业注册").ID
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		p, err := tx.ActivePlan()
		if err != nil {
			return err
		}
		b := &publication.Batch{PlanID: p.ID, Title: "空批次", State: publication.Composing}
		run := &store.ImportRun{UnitID: c.health.ID, FileName: "清单.xlsx", State: store.ImportDone, ByID: "somebody", ByName: "某人"}
		if err := tx.InsertBatch(b); err != nil {
			return err
		}
		s.batch = b.ID
		place := publication.Place{UnitID: s.health.ID, Kind: publication.PlaceWindow, Name: "卫健窗口", Token: "7K3QD2M8"}
		if err := tx.InsertPlace(&place); err != nil {
			return err
		}
		s.place = place.ID
		for state, id := range map[publication.BatchState]*string{publication.Drafting: &s.drawn, publication.AtOffice: &s.filed, publication.AtLeader: &s.spare} {
			b := &publication.Batch{PlanID: p.ID, State: state, Adjustment: &publication.Adjustment{Op: publication.OpAdd, UnitID: s.health.ID}}
			if err := tx.InsertAdjustment(b); err != nil {
				return err
			}
			*id = b.ID
		}
		if err := tx.InsertImport(run); err != nil {
			return err
		}
		s.run = run.ID
		w := &publication.Waiver{ItemID: s.draft, UnitID: c.health.ID, Rule: "M03", Place: "materials[没有的]"}
		if err := tx.InsertWaiver(w); err != nil {
			return err
		}
		s.waiver = w.ID
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// people are one of each role, in the bureau the things belong to; and of the
// roles that see their own unit alone, one in another.
func (s *stage) people() (all []org.Actor) {
	for _, r := range org.Roles {
		id := "p-health-" + string(r)
		a := org.Actor{ID: id, Name: "卫健" + string(r), UnitID: s.health.ID, UnitName: s.health.Name, Roles: []org.Role{r}}
		if !slices.Contains(ownUnitOnly, r) {
			a.UnitID, a.UnitName = "", ""
		} else {
			b := a
			b.ID, b.Name, b.UnitID, b.UnitName = "p-water-"+string(r), "水务"+string(r), s.water.ID, s.water.Name
			all = append(all, b)
		}
		all = append(all, a)
	}
	for _, a := range all { // who keeps a form must be known
		p := org.Person{ID: a.ID, Login: a.ID, Name: a.Name, UnitID: s.health.ID, Roles: a.Roles}
		if err := s.db.Update(s.t.Context(), func(tx *store.Tx) error { return tx.InsertPerson(&p, "x") }); err != nil {
			s.t.Fatal(err)
		}
	}
	return all
}

// everything is a digest of all that a call could change.
func (s *stage) everything() string {
	var b strings.Builder
	s.view(func(tx *store.Tx) error {
		for _, q := range []string{"audit_head", "item", "item_history", "item_draft", "submission", "submission_item", "verdict", "batch", "batch_item",
			"release_log", "release_item", "adjustment", "adjustment_item", "guide_check", "law_notice", "probe_finding", "import_run", "import_row", "list_entry", "claim", "contact", "plan", "pledge", "item_analysis", "rule_set", "todo", "job", "unit", "person"} {
			n, err := store.One(tx, scanInt, `SELECT count(*) FROM `+q)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, q, n)
		}
		for _, q := range []string{"audit_head|seq", "item|version", "submission|version", "batch|version", "claim|version", "plan|version", "contact|version"} {
			table, column, _ := strings.Cut(q, "|")
			n, err := store.One(tx, scanInt, `SELECT coalesce(max(`+column+`),0) FROM `+table)
			if err != nil {
				return err
			}
			fmt.Fprintln(&b, q, n)
		}
		return nil
	})
	return b.String()
}

func scanInt(s store.Scanner) (n int64, err error) {
	err = s.Scan(&n)
	return n, err
}
