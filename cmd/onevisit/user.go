package main

import (
	"bufio"
	"io"
	"slices"
	"strings"

	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/store"
)

type userCmd struct {
	List     userListCmd     `cmd:"" help:"列出账号。例：onevisit user list"`
	Add      userAddCmd      `cmd:"" help:"新建账号，密码从标准输入读取。例：onevisit user add zhang --name 张三 --unit 广宗县教育局 --role 单位联络员"`
	Password userPasswordCmd `cmd:"" help:"重置密码，从标准输入读取。例：onevisit user password zhang"`
	Disable  userDisableCmd  `cmd:"" help:"停用账号。例：onevisit user disable zhang"`
	Enable   userEnableCmd   `cmd:"" help:"启用账号。例：onevisit user enable zhang"`
}

type userListCmd struct{}

func (userListCmd) Run(e *env) error {
	k, err := e.open(true)
	if err != nil {
		return err
	}
	defer k.close()
	people, err := k.office.People(e.ctx, org.Operator(), "")
	if err != nil {
		return err
	}
	units, err := k.office.Units(e.ctx)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, u := range units {
		names[u.ID] = u.Name
	}
	type row struct {
		Login    string     `json:"login"`
		Name     string     `json:"name"`
		Unit     string     `json:"unit"`
		Roles    []org.Role `json:"roles"`
		Disabled bool       `json:"disabled"`
	}
	rows := []row{}
	for _, p := range people {
		rows = append(rows, row{p.Login, p.Name, names[p.UnitID], p.Roles, p.Disabled})
	}
	if e.JSON {
		return e.printJSON(map[string]any{"users": rows})
	}
	for _, r := range rows {
		mark := ""
		if r.Disabled {
			mark = "（已停用）"
		}
		e.printf("%-18s %s  %s  %v%s\n", r.Login, r.Name, r.Unit, r.Roles, mark)
	}
	return nil
}

type userAddCmd struct {
	Login string `arg:"" help:"登录名"`
	Name  string `help:"姓名" required:""`
	Unit  string `help:"单位名称；名录中没有的会新建" required:""`
	Kind  string `help:"新建单位的类别" default:"政府工作部门"`
	Role  string `help:"角色，如 单位联络员、单位负责人、审改办、行政审批局、县政府、系统管理员" required:""`

	Permanent bool `help:"首次登录不必修改密码，用于程序使用的账号"`
}

func (c *userAddCmd) Run(e *env) error {
	if !slices.Contains(org.Roles, org.Role(c.Role)) {
		return fault.Invalidf("没有“%s”这个角色。", c.Role)
	}
	password, err := readPassword(e)
	if err != nil {
		return err
	}
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	var unit org.Unit
	err = k.db.Update(e.ctx, func(tx *store.Tx) error {
		var err error
		if unit, err = tx.UnitByName(c.Unit); !fault.Is(err, fault.NotFound) {
			return err
		}
		unit = org.Unit{Name: c.Unit, Short: c.Unit, Kind: org.UnitKind(c.Kind), Division: k.db.County().Division, InScope: org.UnitKind(c.Kind) != org.KindOffice}
		if err := unit.Validate(); err != nil {
			return err
		}
		if err := tx.InsertUnit(&unit); err != nil {
			return err
		}
		return tx.Record(org.Operator(), "新建单位", "单位", unit.ID, unit.Name)
	})
	if err != nil {
		return err
	}
	p, err := k.office.AddPerson(e.ctx, org.Operator(), org.Person{Login: c.Login, Name: c.Name, UnitID: unit.ID, Roles: []org.Role{org.Role(c.Role)}}, password, !c.Permanent)
	if err != nil {
		return err
	}
	e.printf("已建立账号 %s。\n", p.Login)
	return e.result(map[string]string{"login": p.Login})
}

// readPassword reads one line, so that a password never stands on a command
// line, where others can see it.
func readPassword(e *env) (string, error) {
	lines := readLines(e.in, 1)
	if strings.TrimSpace(lines[0]) == "" {
		return "", fault.Invalidf("请从标准输入给出密码，例如：onevisit user password zhang < 密码文件")
	}
	return lines[0], nil
}

// readLines reads n lines; those that are not there are empty.
func readLines(r io.Reader, n int) []string {
	out := make([]string, n)
	sc := bufio.NewScanner(r)
	for i := 0; i < n && sc.Scan(); i++ {
		out[i] = strings.TrimRight(sc.Text(), "\r")
	}
	return out
}

type userPasswordCmd struct {
	Login     string `arg:"" help:"登录名"`
	Permanent bool   `help:"下次登录不必修改密码，用于程序使用的账号"`
}

func (c *userPasswordCmd) Run(e *env) error {
	password, err := readPassword(e)
	if err != nil {
		return err
	}
	return withCounty(e, c.Login, func(k *county) error {
		return k.office.ResetPassword(e.ctx, org.Operator(), c.Login, password, !c.Permanent)
	})
}

type userDisableCmd struct {
	Login string `arg:"" help:"登录名"`
}

func (c *userDisableCmd) Run(e *env) error {
	return withCounty(e, c.Login, func(k *county) error { return k.office.SetDisabled(e.ctx, org.Operator(), c.Login, true) })
}

type userEnableCmd struct {
	Login string `arg:"" help:"登录名"`
}

func (c *userEnableCmd) Run(e *env) error {
	return withCounty(e, c.Login, func(k *county) error { return k.office.SetDisabled(e.ctx, org.Operator(), c.Login, false) })
}

// withCounty does something to an account.
func withCounty(e *env, login string, f func(*county) error) error {
	k, err := e.open(false)
	if err != nil {
		return err
	}
	defer k.close()
	if err := f(k); err != nil {
		return err
	}
	e.printf("已完成。\n")
	return e.result(map[string]string{"login": login})
}
