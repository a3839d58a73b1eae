package demo

import (
	"context"
	"fmt"
	"strings"

	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/code"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/store"
)

// adjustingUnit is the unit whose items are adjusted in the story.
const adjustingUnit = "广宗县交通运输局"

// adjust lets the transport bureau adjust what was published: one item is
// changed, one suspended and one split in public; a transfer waits for the county
// government, a change for the reform office, a cancellation for the unit's own
// leader.
func (s *Story) adjust(ctx context.Context, us []unitRow, p *people) error {
	var unit, bureau org.Unit
	for _, u := range us {
		switch u.Name {
		case adjustingUnit:
			unit = u.Unit
		case "广宗县行政审批局":
			bureau = u.Unit
		}
	}
	t := &adjusting{Story: s, ctx: ctx, unit: unit, people: p, liaison: p.liaison[unit.Name], leader: p.leader[unit.Name]}
	return firstOf(
		func() error { s.Clock.daysAgo(4); return t.changed("机动车维修经营备案（变更）") },
		func() error {
			return t.suspended("普通公路参建单位（设计、施工、监理等）相关资质、信用等级查询")
		},
		func() error {
			s.Clock.daysAgo(3)
			return t.split("巡游出租汽车经营许可", "企业", "个体经营者")
		},
		func() error { return t.transferring("农村公路建设项目竣工验收审批", bureau) },
		func() error { s.Clock.daysAgo(2); return t.changing("小微型客车租赁备案（注销）") },
		func() error { return t.cancelling("公路工程招标备案") },
	)
}

func firstOf(steps ...func() error) error {
	for _, f := range steps {
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

type adjusting struct {
	*Story
	ctx             context.Context
	unit            org.Unit
	people          *people
	liaison, leader org.Actor
}

// item finds a published item of the unit by its name.
func (t *adjusting) item(name string) (*reform.ItemView, error) {
	list, _, err := t.Reform.Items(t.ctx, t.liaison, store.ItemFilter{Units: []string{t.unit.ID}, States: []publication.State{publication.Published}, Text: name, Limit: 50})
	if err != nil {
		return nil, err
	}
	for _, it := range list {
		if it.Name == name {
			return t.Reform.Item(t.ctx, t.liaison, it.ID)
		}
	}
	return nil, fmt.Errorf("no published item %s of %s", name, t.unit.Name)
}

func (t *adjusting) input(op publication.Op, cause, basis, reason string) reform.AdjustInput {
	today := calendar.DateOf(t.Clock.Now())
	return reform.AdjustInput{Op: op, Cause: cause, Basis: basis, Reason: reason, CauseOn: today.AddDays(-1), Effective: today}
}

// edit changes a working copy and lets the leader confirm it.
func (t *adjusting) edit(liaison, leader org.Actor, id string, change func(*catalog.Item) error) error {
	v, err := t.Reform.Item(t.ctx, liaison, id)
	if err != nil {
		return err
	}
	if err := change(v.Data); err != nil {
		return err
	}
	if err := t.Reform.SaveItem(t.ctx, liaison, id, v.Version, v.Data); err != nil {
		return err
	}
	return t.Reform.ConfirmItems(t.ctx, leader, []string{id})
}

// file draws an adjustment up and hands it in; with confirmed the leader stands
// for it.
func (t *adjusting) file(in reform.AdjustInput, confirmed bool) (string, error) {
	id, err := t.Reform.StartAdjustment(t.ctx, t.liaison, in)
	if err != nil {
		return "", err
	}
	return id, t.handIn(id, confirmed)
}

func (t *adjusting) handIn(id string, confirmed bool) error {
	v, err := t.Reform.Adjustment(t.ctx, t.liaison, id)
	if err != nil {
		return err
	}
	if err := t.Reform.FileAdjustment(t.ctx, t.liaison, id, v.Version); err != nil {
		return fmt.Errorf("%s: %w %v", v.Title, err, v.Problems)
	}
	if !confirmed {
		return nil
	}
	return t.Reform.ConfirmAdjustment(t.ctx, t.leader, id)
}

// approve takes an adjustment through the county government to the public.
func (t *adjusting) approve(id string, no int) error {
	if err := t.Reform.SendAdjustment(t.ctx, t.people.reform, id); err != nil {
		return err
	}
	today := calendar.DateOf(t.Clock.Now())
	if err := t.Reform.ApproveAdjustment(t.ctx, t.people.government, id, fmt.Sprintf("演政字〔%d〕%d号", today.Year(), no), today); err != nil {
		return err
	}
	_, err := t.Reform.Publish(t.ctx, t.people.reform, id)
	return err
}

func (t *adjusting) changed(name string) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	if err := t.edit(t.liaison, t.leader, v.ID, func(it *catalog.Item) error {
		for i := range it.Places {
			it.Places[i].Hours = "工作日 9:00—12:00，13:30—17:30；周六 9:00—12:00"
		}
		return nil
	}); err != nil {
		return err
	}
	in := t.input(publication.OpChange, "15", "县交通运输局办公会议决定（演示）", "周六上午增加办理时间，上班的人不用请假来办。")
	in.Contents = []string{v.ID}
	id, err := t.file(in, true)
	if err != nil {
		return err
	}
	if err := t.Reform.DecideAdjustment(t.ctx, t.people.reform, id, ""); err != nil {
		return err
	}
	_, err = t.Reform.Publish(t.ctx, t.people.reform, id)
	return err
}

func (t *adjusting) suspended(name string) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	in := t.input(publication.OpSuspend, "31", "省公路信息平台升级通知（演示）", "省公路信息平台正在升级，查询暂时不能办理。急需的可以电话咨询。")
	in.Subjects, in.Until = []reform.AdjustSubject{{ItemID: v.ID}}, in.Effective.AddDays(60)
	id, err := t.file(in, true)
	if err != nil {
		return err
	}
	return t.approve(id, 15)
}

func (t *adjusting) split(name string, parts ...string) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	in := t.input(publication.OpSplit, "21", "县审改办协调会议纪要（演示）", "企业和个体经营者的条件、材料不同，分开列出，各看各的，不易弄错。")
	in.Subjects = []reform.AdjustSubject{{ItemID: v.ID}}
	id, err := t.Reform.StartAdjustment(t.ctx, t.liaison, in)
	if err != nil {
		return err
	}
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = name + "（" + part + "）"
	}
	a, err := t.Reform.Adjustment(t.ctx, t.liaison, id)
	if err != nil {
		return err
	}
	if err := t.Reform.MakeSuccessors(t.ctx, t.liaison, id, a.Version, v.ID, nil, names); err != nil {
		return err
	}
	if a, err = t.Reform.Adjustment(t.ctx, t.liaison, id); err != nil {
		return err
	}
	basic, err := code.ParseBasic(v.Data.BasicCode)
	if err != nil {
		return err
	}
	for i, next := range a.Adjustment.Items[0].Next {
		if err := t.edit(t.liaison, t.leader, next, func(it *catalog.Item) error {
			basic.Sub = fmt.Sprintf("%03d", i+1) // sub-items of the same main item
			impl, err := code.ParseImpl(v.Data.ImplementationCode)
			if err != nil {
				return err
			}
			impl.Basic = basic
			it.BasicCode, it.ImplementationCode, it.MainName = basic.String(), impl.String(), name
			if it.Audience = []string{"企业法人"}; !strings.Contains(it.Name, "企业") {
				it.Audience = []string{"自然人"}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if err := t.handIn(id, true); err != nil {
		return err
	}
	return t.approve(id, 16)
}

func (t *adjusting) transferring(name string, to org.Unit) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	in := t.input(publication.OpTransfer, "61", "《河北省优化营商环境条例》第三十条", "划转至县行政审批局后，在政务服务大厅综合窗口统一受理，不用再到交通运输局。")
	in.Subjects = []reform.AdjustSubject{{ItemID: v.ID}}
	id, err := t.Reform.StartAdjustment(t.ctx, t.liaison, in)
	if err != nil {
		return err
	}
	a, err := t.Reform.Adjustment(t.ctx, t.liaison, id)
	if err != nil {
		return err
	}
	if err := t.Reform.MakeSuccessors(t.ctx, t.liaison, id, a.Version, v.ID, []string{to.ID}, nil); err != nil {
		return err
	}
	if a, err = t.Reform.Adjustment(t.ctx, t.liaison, id); err != nil {
		return err
	}
	next := a.Adjustment.Items[0].Next[0]
	if err := t.Reform.ConfirmItems(t.ctx, t.people.leader[to.Name], []string{next}); err != nil {
		return err
	}
	if err := t.handIn(id, true); err != nil {
		return err
	}
	return t.Reform.SendAdjustment(t.ctx, t.people.reform, id)
}

func (t *adjusting) changing(name string) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	if err := t.edit(t.liaison, t.leader, v.ID, func(it *catalog.Item) error {
		it.Conditions = append(it.Conditions, "车辆已办理停驶或者转出手续。")
		return nil
	}); err != nil {
		return err
	}
	in := t.input(publication.OpChange, "16", "核对办事指南时发现漏写（演示）", "补写受理条件，避免白跑一趟。")
	in.Contents = []string{v.ID}
	_, err = t.file(in, true)
	return err
}

func (t *adjusting) cancelling(name string) error {
	v, err := t.item(name)
	if err != nil {
		return err
	}
	in := t.input(publication.OpCancel, "42", "县交通运输局办公会议决定（演示）", "改为事中事后监管，企业不用再来备案。")
	in.Subjects = []reform.AdjustSubject{{ItemID: v.ID}}
	_, err = t.file(in, false)
	return err
}
