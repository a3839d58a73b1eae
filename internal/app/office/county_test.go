package office_test

import (
	"testing"

	"onevisit/internal/app/office"
	"onevisit/internal/countytest"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/domain/publication"
	"onevisit/internal/infra/auth"
	"onevisit/internal/infra/sign"
	"onevisit/internal/infra/store"
	"onevisit/internal/infra/store/storetest"
)

func TestFound(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := office.New(db, auth.NewHasher(), sign.NewRing(t.TempDir()))
		if founded, err := o.Founded(ctx); err != nil || founded {
			t.Fatalf("Founded of nothing: %t, %v", founded, err)
		}
		good := office.Founding{County: org.County{Name: " 样 县", Division: "130532"}, Unit: "样县行政审批局",
			System: office.FirstAccount{Login: "admin", Name: "甲", Password: "correct horse battery"}, Security: office.FirstAccount{Login: "anquan", Name: "乙", Password: "staple battery horse"}}
		for name, c := range map[string]struct {
			code   string
			change func(*office.Founding)
			field  string
		}{
			"code":              {"wrong", func(*office.Founding) {}, "code"},
			"no name":           {"", func(f *office.Founding) { f.County.Name = "" }, "name"},
			"province":          {"", func(f *office.Founding) { f.County.Division = "130000" }, "division"},
			"no such province":  {"", func(f *office.Founding) { f.County.Division = "990531" }, "division"},
			"unit":              {"", func(f *office.Founding) { f.Unit = " " }, "unit"},
			"weak password":     {"", func(f *office.Founding) { f.System.Password = "123" }, "system_password"},
			"one for two tasks": {"", func(f *office.Founding) { f.Security.Login = "admin" }, "security_login"},
			"half an auditor":   {"", func(f *office.Founding) { f.Auditor.Login = "shenji" }, "auditor_name"},
		} {
			f, code := good, c.code
			c.change(&f)
			if code == "" {
				code = o.FoundingCode()
			}
			err := o.Found(ctx, code, f)
			if fields := fault.Fields(err); !fault.Is(err, fault.Invalid) || len(fields) == 0 || fields[0].Path != c.field {
				t.Errorf("%s: %v", name, err)
			}
		}
		if founded, _ := o.Founded(ctx); founded {
			t.Fatal("a refused founding left an account")
		}
		if err := o.Found(ctx, o.FoundingCode(), good); err != nil {
			t.Fatal(err)
		}
		if c := o.County(); c != (org.County{Name: "样县", Division: "130532"}) {
			t.Errorf("county %+v", c)
		}
		if err := o.Found(ctx, o.FoundingCode(), good); !fault.Is(err, fault.Conflict) {
			t.Errorf("founded twice: %v", err)
		}
		token, err := o.SignIn(ctx, "admin", good.System.Password)
		if err != nil {
			t.Fatal(err)
		}
		in, err := o.Session(ctx, token)
		if err != nil || in.MustChange || !in.Actor.Has(org.RoleSystem) {
			t.Errorf("administrator %+v, %v", in, err)
		}
		if token, err = o.SignIn(ctx, "anquan", good.Security.Password); err != nil {
			t.Fatal(err)
		}
		if in, err = o.Session(ctx, token); err != nil || !in.MustChange {
			t.Errorf("the password of security was set by another: %+v, %v", in, err)
		}
		if st, err := o.Start(ctx, org.Operator()); err != nil || st.Units != 1 || st.CountyAccounts != 0 || st.Released {
			t.Errorf("start %+v, %v", st, err)
		}
	})
}

func TestCountyKeepsItsDivision(t *testing.T) {
	storetest.Run(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		o := office.New(db, auth.NewHasher(), sign.NewRing(t.TempDir()))
		save := func(name, division string) error {
			return o.SaveCounty(ctx, org.Operator(), org.County{Name: name, Division: division})
		}
		if _, err := o.NewKey(ctx, org.Operator(), office.KeyRequest{Algorithm: publication.Ed25519, Days: 30}); !fault.Is(err, fault.Conflict) {
			t.Errorf("a key for no county: %v", err)
		}
		if err := o.SaveCounty(ctx, org.Actor{ID: "x", Roles: []org.Role{org.RoleReform}}, org.County{Name: "样县", Division: "130532"}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("the reform office named the county: %v", err)
		}
		if err := save("样县", "130532"); err != nil {
			t.Fatal(err)
		}
		if err := save("样县", "130533"); err != nil {
			t.Errorf("nothing is published, and the division stays: %v", err)
		}
		countytest.NewPublisher(t, db).Publish(countytest.Items(1))
		if err := save("样县", "130532"); !fault.Is(err, fault.Conflict) {
			t.Errorf("the log's division was changed: %v", err)
		}
		if err := save("样市", "130533"); err != nil || o.County().Name != "样市" {
			t.Errorf("renamed to %+v, %v", o.County(), err)
		}
	})
}
