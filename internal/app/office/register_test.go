package office_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"onevisit/internal/app/office"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func register(ctx context.Context, p *place, a org.Actor, file []byte, dry bool) (*office.RegisterImport, error) {
	return p.o.ImportRegister(ctx, a, office.RegisterFile("单位和账号.xlsx", bytes.NewReader(file), int64(len(file))), dry)
}

func TestRegisterIsImported(t *testing.T) {
	var b bytes.Buffer
	if err := exchange.WriteSheetsXLSX(&b, exchange.Sheet{Name: "单位", Head: []string{"单位名称", "类别", "主管单位", "信用代码", "咨询电话", "纳入改革"}, Rows: [][]string{
		{"广宗县疾控中心", string(org.KindSubordinate), "广宗县卫生健康局", "", "", ""}, // before the one that reports for it
		{"广宗县卫生健康局", "", "", "", "0319-7210000", ""},
		{"广宗县审改办", string(org.KindOffice), "", "", "", ""},
		{"广宗县气象局", string(org.KindVertical), "", "", "", "否"},
		{"广宗县气象局", string(org.KindVertical), "", "", "", ""},
		{"广宗县某局", "局", "", "", "", ""},
		{"广宗县某中心", string(org.KindSubordinate), "广宗县没有的局", "", "", ""},
		{"广宗县公证处", string(org.KindInstitution), "", "12130531000000000X", "", ""},
	}}, exchange.Sheet{Name: "账号", Head: []string{"登录名", "姓名", "单位", "角色", "手机"}, Rows: [][]string{
		{"Jikong", "张三", "广宗县疾控中心", "联络员、经办人", "13900000000"},
		{"jikong", "李四", "广宗县疾控中心", "联络员", ""},
		{"person0", "别人", "广宗县疾控中心", "联络员", ""},
		{"shengai2", "王五", "广宗县审改办", "审改办", ""},
		{"meidanwei", "赵六", "广宗县没有的局", "联络员", ""},
		{"meijuese", "", "广宗县气象局", "局长", ""},
	}}, exchange.Sheet{Name: "说明", Head: []string{"列", "要求"}, Rows: [][]string{{"x", "y"}}}); err != nil {
		t.Fatal(err)
	}
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		p, ctx := newPlace(t, db), t.Context()
		a := p.with(org.RoleSystem)
		before := p.audited()
		dry, err := register(ctx, p, a, b.Bytes(), true)
		if err != nil {
			t.Fatal(err)
		}
		if units, err := p.o.Units(ctx); err != nil || len(units) != 1 || p.audited() != before || len(dry.Issued) > 0 {
			t.Errorf("a dry run wrote: %d units, %v, %d passwords", len(units), err, len(dry.Issued))
		}
		r, err := register(ctx, p, a, b.Bytes(), false)
		if err != nil {
			t.Fatal(err)
		}
		if dry.Summary.Created != r.Created || dry.Bad != r.Bad || dry.Changed != r.Changed || dry.Same != r.Same || len(dry.Problems) != len(r.Problems) {
			t.Errorf("the dry run said %+v, the import %+v", dry.Summary, r.Summary)
		}
		if r.Rows != 14 || r.Created != 4 || r.Changed != 1 || r.Units != 4 || r.Accounts != 1 || r.Same != 2 || r.Bad != 7 || r.Good != 7 {
			t.Errorf("%+v", r.Summary)
		}
		var told []string
		for _, x := range r.Problems {
			told = append(told, x.Sheet+" "+x.Field+" "+x.Message)
		}
		for _, want := range []string{"单位 单位名称 与第 5 行是同一个单位", "单位 单位类别 单位类别“局”", "单位 主管单位 名录和本文件中都没有“广宗县没有的局”", "单位 统一社会信用代码 “12130531000000000X”",
			"账号 登录名 已有这个账号", "账号 角色 “审改办”由安全管理员授予", "账号 单位 名录和本文件中都没有", "账号 姓名 请填写姓名", "账号 角色 没有“局长”这个角色"} {
			if !slices.ContainsFunc(told, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("nothing says %q:\n%s", want, strings.Join(told, "\n"))
			}
		}
		units, err := p.o.Units(ctx)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]org.Unit{}
		for _, u := range units {
			by[u.Name] = u
		}
		if c := by["广宗县疾控中心"]; c.Supervisor != p.unit.ID || !c.InScope || c.Division != "130531" {
			t.Errorf("%+v", c)
		}
		if u := by["广宗县卫生健康局"]; u.Phone != "0319-7210000" || u.Kind != org.KindDepartment || u.Short != "县卫生健康局" {
			t.Errorf("what the file does not say was lost: %+v", u)
		}
		if by["广宗县审改办"].InScope || by["广宗县气象局"].InScope {
			t.Error("in scope against the file")
		}
		if len(r.Issued) != 1 || r.Issued[0].Login != "jikong" || r.Issued[0].Name != "张三" {
			t.Fatalf("%+v", r.Issued)
		}
		token, err := p.o.SignIn(ctx, "jikong", r.Issued[0].Password)
		if err != nil {
			t.Fatalf("the password that was issued: %v", err)
		}
		in, err := p.o.Session(ctx, token)
		if err != nil || !in.MustChange || !slices.Equal(in.Actor.Roles, []org.Role{org.RoleLiaison, org.RoleHandler}) {
			t.Errorf("%+v %v", in, err)
		}
		before = p.audited()
		again, err := register(ctx, p, a, b.Bytes(), false)
		if err != nil || again.Created+again.Changed != 0 || p.audited() != before {
			t.Errorf("twice: %+v %v", again.Summary, err)
		}
		for name, file := range map[string]string{"no head": "甲,乙\n1,2\n", "no table": "{}"} {
			if _, err := register(ctx, p, a, []byte(file), false); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		people := []byte("登录名,姓名,单位,角色\nqixiang,钱七,广宗县气象局,单位负责人\n")
		if r, err := register(ctx, p, a, people, false); err != nil || r.Accounts != 1 || r.Rows != 1 {
			t.Errorf("accounts alone: %+v %v", r, err)
		}
		var empty bytes.Buffer
		if err := p.o.WriteRegisterTemplate(&empty); err != nil {
			t.Fatal(err)
		}
		if r, err := register(ctx, p, a, empty.Bytes(), false); r != nil || !fault.Is(err, fault.Invalid) { // there is nothing in it yet
			t.Errorf("the empty template: %+v %v", r, err)
		}
	})
}
