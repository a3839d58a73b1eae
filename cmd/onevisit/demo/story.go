package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"onevisit/internal/app/office"
	"onevisit/internal/app/portal"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/plan"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/store"
)

// Clock is the demonstration's time: it tells its story in the weeks before
// today and then runs with the real clock.
type Clock struct{ offset atomic.Int64 }

// Now returns the story's time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// daysAgo moves the clock to mid-morning of a day before today, or of the last
// working day before that: offices do not report on Sundays.
func (c *Clock) daysAgo(n int) {
	day := calendar.DateOf(time.Now()).AddDays(-n)
	for cal := calendar.Embedded(); cal.IsOff(day); {
		day = day.AddDays(-1)
	}
	c.on(day)
}

// on moves the clock to mid-morning of a day.
func (c *Clock) on(day calendar.Date) {
	y, m, d := day.YMD()
	c.offset.Store(int64(time.Until(time.Date(y, m, d, 10, 0, 0, 0, beijing))))
}

func (c *Clock) today() { c.offset.Store(0) }

var beijing = time.FixedZone("UTC+8", 8*3600)

// Account is a demonstration account, for the list that the command prints.
type Account struct{ Login, Name, Unit, Role string }

// Story is what building the county needs.
type Story struct {
	DB     *store.DB
	Reform *reform.Service
	Clock  *Clock
	Hasher *auth.Hasher
	Log    func(format string, args ...any)
	// Office makes the keys with which the county and some units sign; nil makes
	// none.
	Office *office.Service
	// Portal counts who reads what is published; without it nobody does.
	Portal *portal.Service

	keys map[string]string // by unit name
}

type people struct {
	liaison, leader map[string]org.Actor // by unit name
	reform, bureau  org.Actor
	government      org.Actor
}

// Accounts lists the accounts to begin with.
func Accounts() []Account {
	return []Account{
		{"shengai", "审改办工作人员", "广宗县审改办", string(org.RoleReform)},
		{"shenpi", "审批局审核人员", "广宗县行政审批局", string(org.RoleBureau)},
		{"xianfu", "县政府审批人", "广宗县人民政府", string(org.RoleGovernment)},
		{"weijian", "卫健局联络员", "广宗县卫生健康局", string(org.RoleLiaison)},
		{"weijian-fz", "卫健局分管负责人", "广宗县卫生健康局", string(org.RoleLeader)},
		{"ducha", "督查室工作人员", "广宗县政府督查室", string(org.RoleSupervision)},
		{"admin", "系统管理员", "广宗县人民政府", string(org.RoleSystem)},
		{"anquan", "安全管理员", "广宗县人民政府", string(org.RoleSecurity)},
		{"shenji", "审计员", "广宗县审计局", string(org.RoleAuditor)},
	}
}

// Build tells the county's story from an empty database to today: the plan is
// issued, contacts come in, existing lists are claimed, units report, some are late, one files a zero
// report, two offices review and return, the county government approves, the
// first batch is public, some of its items are adjusted, a new version of the
// provincial catalogue arrives.
func (s *Story) Build(ctx context.Context) error {
	s.Clock.daysAgo(70)
	defer s.Clock.today()
	us := units()
	p, err := s.register(ctx, us)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if err := s.makeKeys(ctx, p); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	today := calendar.DateOf(time.Now())
	if err := s.Reform.SetPlan(ctx, p.reform, plan.Plan{
		Title: "广宗县推行“最多跑一次”改革实施方案（演示）", DocNo: "广政办字〔2026〕0号（演示）", Start: today.AddDays(-70),
		Milestones: []plan.Milestone{
			{Key: plan.Contacts, Name: "报送分管负责人和联络员名单", Due: today.AddDays(-50), Clause: "P-4.1"},
			{Key: plan.Packages, Name: "报送清单、指南和承诺书", Due: today.AddDays(-30), Clause: "P-3.2b"},
			{Key: plan.FirstRelease, Name: "公布第一批事项", Due: today.AddDays(20), Clause: "P-4.2"},
			{Key: plan.YearEnd, Name: "各单位半数以上事项实现最多跑一次", Due: today.AddDays(110), Clause: "P-3.4"},
		}, ShareAtMostOne: 50, TimeCut: 20}); err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	if err := s.contacts(ctx, us, p); err != nil {
		return fmt.Errorf("contacts: %w", err)
	}
	if _, err := s.Reform.SaveRules(ctx, p.reform, 0, countyRules, "县审改办通知（演示）"); err != nil {
		return fmt.Errorf("rules: %w", err)
	}
	s.Clock.daysAgo(60)
	if err := s.importLists(ctx, us, p); err != nil {
		return fmt.Errorf("lists: %w", err)
	}
	s.Clock.daysAgo(45)
	if err := s.keepFiles(ctx); err != nil {
		return fmt.Errorf("files: %w", err)
	}
	if err := s.load(ctx, us); err != nil {
		return fmt.Errorf("items: %w", err)
	}
	s.Clock.daysAgo(42)
	for _, unit := range listUnits() {
		if unit == lateList || unit == "广宗县商务局" { // left as it came
			continue
		}
		if err := s.claim(ctx, p, unit); err != nil {
			return fmt.Errorf("claims: %w", err)
		}
	}
	if err := s.report(ctx, us, p); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	s.Clock.daysAgo(20)
	if err := s.importLateList(ctx, us, p); err != nil {
		return fmt.Errorf("lists: %w", err)
	}
	if err := s.takeBack(ctx, p); err != nil {
		return fmt.Errorf("lateness: %w", err)
	}
	s.Clock.daysAgo(12)
	if err := s.publish(ctx, p, today); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if err := s.hang(ctx, us, p); err != nil {
		return fmt.Errorf("places: %w", err)
	}
	if err := s.adjust(ctx, us, p); err != nil {
		return fmt.Errorf("adjust: %w", err)
	}
	if err := s.readGuides(ctx, p); err != nil {
		return fmt.Errorf("use: %w", err)
	}
	s.Clock.daysAgo(4)
	if err := s.loseKey(ctx, p); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	s.Clock.daysAgo(3)
	if err := s.importCatalogue(ctx, us, p); err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	if err := s.watch(ctx); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	s.Clock.daysAgo(2)
	if err := s.drift(ctx, p); err != nil {
		return fmt.Errorf("places: %w", err)
	}
	if err := s.watch(ctx); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	return s.claim(ctx, p, "广宗县教育局")
}

// takeBack lets the day's job record who is late, and the reform office take back
// what was recorded of a unit that had handed in its list on paper.
func (s *Story) takeBack(ctx context.Context, p *people) error {
	if err := s.Reform.RunMilestones(ctx, nil, nil); err != nil {
		return err
	}
	v, err := s.Reform.PlanView(ctx, p.reform)
	if err != nil {
		return err
	}
	for _, m := range v.Milestones {
		for _, l := range m.Late {
			if m.Key == plan.Contacts && !l.MetAt.IsZero() {
				return s.Reform.WithdrawLateness(ctx, p.reform, l.UnitID, m.Key, "该单位在期限内报送了纸质名单，因县政府机房停电，三天后才录入。")
			}
		}
	}
	return nil
}

// register stores units, the hall and the people. All accounts share one
// password and so may share one hash: it is printed on the first page anyway.
func (s *Story) register(ctx context.Context, us []unitRow) (*people, error) {
	phc, err := s.Hasher.Hash(ctx, Password)
	if err != nil {
		return nil, err
	}
	p := &people{liaison: map[string]org.Actor{}, leader: map[string]org.Actor{}}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.SetCounty(org.County{Name: "广宗县", Division: division}); err != nil {
			return err
		}
		ids := map[string]string{}
		for pass := range 2 {
			for i := range us {
				u := &us[i]
				if (u.supervisor != "") != (pass == 1) {
					continue
				}
				u.Supervisor = ids[u.supervisor]
				if err := u.Validate(); err != nil {
					return fmt.Errorf("%s: %w", u.Name, err)
				}
				if err := tx.InsertUnit(&u.Unit); err != nil {
					return err
				}
				ids[u.Name] = u.ID
			}
		}
		h := org.Hall{Name: hall, Address: "广宗县（演示地址）", Hours: "工作日 9:00—12:00，13:30—17:30", Phone: "0319-7200000"}
		if err := tx.InsertHall(&h); err != nil {
			return err
		}
		managed := map[string][]string{}
		for _, u := range us {
			if u.Supervisor != "" {
				managed[u.supervisor] = append(managed[u.supervisor], u.ID)
			}
			if err := tx.InsertOffice(&org.Office{UnitID: u.ID, Name: "政务服务股"}); err != nil {
				return err
			}
			if u.Kind == org.KindDepartment {
				if err := tx.InsertWindow(&org.Window{HallID: h.ID, UnitID: u.ID, Name: u.Short + "窗口"}); err != nil {
					return err
				}
			}
		}
		add := func(login, name, unit string, role org.Role) (org.Actor, error) {
			person := org.Person{Login: login, Name: name, UnitID: ids[unit], Roles: []org.Role{role}}
			if err := person.Validate(); err != nil {
				return org.Actor{}, fmt.Errorf("%s: %w", login, err)
			}
			if err := tx.InsertPerson(&person, phc); err != nil {
				return org.Actor{}, err
			}
			return org.Actor{ID: person.ID, Name: name, UnitID: person.UnitID, UnitName: unit, Roles: person.Roles, Manages: managed[unit]}, nil
		}
		taken := map[string]bool{}
		for _, a := range Accounts() {
			actor, err := add(a.Login, a.Name, a.Unit, org.Role(a.Role))
			if err != nil {
				return err
			}
			taken[a.Login] = true
			switch org.Role(a.Role) {
			case org.RoleReform:
				p.reform = actor
			case org.RoleBureau:
				p.bureau = actor
			case org.RoleGovernment:
				p.government = actor
			case org.RoleLiaison:
				p.liaison[a.Unit] = actor
			case org.RoleLeader:
				p.leader[a.Unit] = actor
			}
		}
		for _, u := range us {
			if !u.InScope || u.Supervisor != "" || u.login == "" {
				continue
			}
			if p.liaison[u.Name].ID == "" {
				login := u.login
				if taken[login] { // the office has the plain name
					login += "-ly"
				}
				a, err := add(login, u.Short+"联络员", u.Name, org.RoleLiaison)
				if err != nil {
					return err
				}
				p.liaison[u.Name] = a
			}
			if p.leader[u.Name].ID == "" {
				a, err := add(u.login+"-fz", u.Short+"分管负责人", u.Name, org.RoleLeader)
				if err != nil {
					return err
				}
				p.leader[u.Name] = a
				if u.Name == vacantUnit {
					left, err := tx.AccountByID(a.ID)
					if err != nil {
						return err
					}
					left.Disabled = true
					if err := tx.UpdatePerson(&left.Person); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	return p, errors.Join(err, s.DB.ReadCounty(ctx))
}

// vacantUnit is a unit whose leader has left and that has named nobody else.
const vacantUnit = "广宗县委机构编制委员会办公室"

// contacts lets the units report their people: most in time, a few late, a few
// not at all.
func (s *Story) contacts(ctx context.Context, us []unitRow, p *people) error {
	n := 0
	for _, u := range us {
		a := p.liaison[u.Name]
		if a.ID == "" {
			continue
		}
		n++
		switch {
		case n%17 == 0:
			continue
		case n%11 == 0:
			s.Clock.daysAgo(46)
		default:
			s.Clock.daysAgo(55)
		}
		if err := s.Reform.ReportContacts(ctx, a, store.Contact{UnitID: u.ID, Leader: "（演示）分管负责人", LeaderTitle: "副职",
			Liaison: "（演示）联络员", Phone: u.Phone}); err != nil {
			return err
		}
	}
	return nil
}

// load brings the items in the way a county would: as a file, through import.
func (s *Story) load(ctx context.Context, us []unitRow) error {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	for _, it := range items(us) {
		if err := enc.Encode(it); err != nil {
			return err
		}
	}
	_, err := s.Reform.ImportReader(ctx, org.Operator(), "演示县事项.jsonl", bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	return err
}

// What a unit does in the story.
type part int

const (
	reports   part = iota
	reportsAt      // late, and in review today
	late           // nothing by the day
	zero           // a zero report
	open           // left for whoever tries the program
)

func partOf(u unitRow) part {
	switch u.Short {
	case "县统计局", "县气象局", "县档案馆", "县商务局", "县供销合作社联合社", "广宗县公共汽车客运公司", "中国人民财产保险股份有限公司广宗支公司":
		return late
	case "县信访局", "县审计局", "县乡村振兴局", "县委机构编制委员会办公室", "县总工会", "县妇女联合会",
		"中国邮政集团有限公司河北省广宗县分公司", "中国农业银行广宗县支行", "广宗县农村信用联社":
		return zero
	case "国家税务总局广宗县税务局", "县文化广电和旅游局", "北塘疃镇人民政府":
		return reportsAt
	case "县卫生健康局":
		return open
	}
	return reports
}

// report lets leaders confirm what is clean, liaisons report, and both offices
// review; a few items go back with remarks.
func (s *Story) report(ctx context.Context, us []unitRow, p *people) error {
	for i, u := range us {
		liaison, leader := p.liaison[u.Name], p.leader[u.Name]
		if liaison.ID == "" {
			continue
		}
		day := 40 - i%9
		switch partOf(u) {
		case zero:
			s.Clock.daysAgo(day)
			if _, err := s.Reform.SubmitZeroReport(ctx, liaison, u.ID, "本单位不承担面向公民、法人和其他组织的依申请事项。"); err != nil {
				return err
			}
			continue
		case late, open:
			continue
		case reportsAt:
			day = 3
		}
		for _, unit := range append([]string{u.ID}, liaison.Manages...) {
			s.Clock.daysAgo(day)
			if err := s.reportUnit(ctx, unit, liaison, leader, p, i, partOf(u) == reports); err != nil {
				return fmt.Errorf("%s: %w", u.Name, err)
			}
		}
	}
	return nil
}

func (s *Story) reportUnit(ctx context.Context, unit string, liaison, leader org.Actor, p *people, n int, reviewed bool) error {
	clean := false
	var ids []string
	after := ""
	for {
		page, _, err := s.Reform.Items(ctx, leader, store.ItemFilter{Units: []string{unit}, States: []publication.State{publication.Draft}, Faulty: &clean, After: after, Limit: 200})
		if err != nil {
			return err
		}
		for _, it := range page {
			ids = append(ids, it.ID)
			after = it.ID
		}
		if len(page) < 200 {
			break
		}
	}
	if len(ids) == 0 {
		return nil
	}
	if err := s.Reform.ConfirmItems(ctx, leader, ids); err != nil {
		return err
	}
	sub, err := s.Reform.SubmitPackage(ctx, liaison, reform.Reporting{UnitID: unit, Signatory: "（演示）分管负责人", Title: "副职",
		SignedOn: calendar.DateOf(s.Clock.Now()), Text: publication.DefaultCommitment(liaison.UnitName), Reasons: reasons})
	if err != nil {
		return err
	}
	if err := s.sign(ctx, leader, sub); err != nil {
		return err
	}
	if !reviewed {
		return s.differ(ctx, p, sub)
	}
	s.Clock.daysAgo(25)
	// Every fifth package or so has an item that comes back.
	if n%5 == 1 {
		it := sub.Items[0]
		if err := s.Reform.Decide(ctx, p.reform, sub.ID, []string{it.ItemID}, publication.SendBack, []publication.Remark{
			{Field: "conditions", Label: "受理条件", Text: "受理条件过于笼统，请写明具体条件和标准。"}}); err != nil {
			return err
		}
		if err := s.Reform.Decide(ctx, p.bureau, sub.ID, []string{it.ItemID}, publication.SendBack, []publication.Remark{
			{Field: "places", Label: "办理地点和时间", Text: "请补充周末和节假日是否办理。"}}); err != nil {
			return err
		}
	}
	var rest []string
	for i, it := range sub.Items {
		if !(n%5 == 1 && i == 0) {
			rest = append(rest, it.ItemID)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	for _, reviewer := range []org.Actor{p.reform, p.bureau} {
		if err := s.Reform.Decide(ctx, reviewer, sub.ID, rest, publication.Pass, nil); err != nil {
			return err
		}
	}
	return nil
}

// differ begins the review of a package that came late: the offices differ on its
// first item and on its second, about which the county government is asked.
func (s *Story) differ(ctx context.Context, p *people, sub *publication.Submission) error {
	if len(sub.Items) < 20 || len(sub.Items) > 40 { // one package is enough
		return nil
	}
	s.Clock.daysAgo(1)
	var ids []string
	for _, it := range sub.Items[:2] {
		ids = append(ids, it.ItemID)
	}
	if err := s.Reform.Decide(ctx, p.reform, sub.ID, ids, publication.SendBack, []publication.Remark{
		{Field: "conditions", Text: "受理条件没有写明申请人的范围，请逐类列出。"}}); err != nil {
		return err
	}
	if err := s.Reform.Decide(ctx, p.bureau, sub.ID, ids, publication.Pass, nil); err != nil {
		return err
	}
	return s.Reform.AskRuling(ctx, p.reform, sub.ID, ids[1], "已当面协商。审批局认为受理条件与省级目录一致，不必再列；审改办认为群众看不出自己是否符合。")
}

// reasons are what the units say to the warnings of what they report.
var reasons = map[string]string{
	"C01": "该号码为市级统一服务热线，由市局转接本县。",
	"E04": "材料名称照录省级目录，指南中已逐份列明。",
	"G03": "驻大厅窗口另有专线，本单位登记的电话同时受理咨询。",
	"M01": "非必要材料，由申请人自愿提交，有助于核对。",
	"M06": "出具机构因申请人而异，受理时由窗口当面告知。",
	"O01": "内部系统尚未接通，接通后不再收取。",
	"O02": "与核发单位的数据共享正在办理，接通后不再收取。",
	"O04": "已与行政审批局商定改为告知承诺，随下次修订取消该前提。",
	"O05": "由申请人所在单位出具，单位不固定。",
	"O06": "两项分别存档，已商定由先办的事项扫描后共享。",
	"R01": "各份材料均为主审要件，缺少一份即不能作出决定。",
	"S02": "两项的申请人不同，分列便于查找。",
	"U03": "列入第二批改革事项，年底前达到目标。",
	"W04": "结果为批准文件，按省级目录归入证照类。",
	"W07": "保留原说明供申请人参考，次数以流程计算为准。",
	"W08": "由村（社区）代办，申请人不到窗口。",
	"W10": "财政非税系统尚未开通网上缴费。",
	"W11": "统一热线，不设区号。",
	"W15": "决定与审查在同一环节作出，文书中分别记载。",
}

// publish takes what has passed so far through batch and approval to the first
// release.
func (s *Story) publish(ctx context.Context, p *people, today calendar.Date) error {
	batch, err := s.Reform.ComposeBatch(ctx, p.reform, "广宗县“最多跑一次”事项（第一批）", nil)
	if err != nil {
		return err
	}
	if err := s.Reform.SendBatch(ctx, p.reform, batch); err != nil {
		return err
	}
	s.Clock.daysAgo(6)
	when := calendar.DateOf(s.Clock.Now())
	if err := s.Reform.ApproveBatch(ctx, p.government, batch, reform.Approval{
		DocNo: fmt.Sprintf("演政字〔%s〕12号", strings.SplitN(when.String(), "-", 2)[0]), DocDate: when}); err != nil {
		return err
	}
	s.Clock.daysAgo(5)
	rel, err := s.Reform.Publish(ctx, p.reform, batch)
	if err == nil && s.Log != nil {
		s.Log("已公布第一批：%d 个事项，编号 %s", rel.Count, rel.Number)
	}
	return err
}

// Classes returns how the demonstration's items fall into the classes of P-3.2a;
// it is what the tests and the README state.
func Classes(list []*catalog.Item) map[string]int {
	m := map[string]int{}
	for _, it := range list {
		m[it.Reform.Class]++
	}
	return m
}
