package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"onevisit/internal/app/office"
	"onevisit/internal/app/reform"
	"onevisit/internal/domain/calendar"
	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/fault"
	"onevisit/internal/domain/org"
	"onevisit/internal/infra/exchange"
)

type importCmd struct {
	Files   []string `arg:"" help:"xlsx、csv、json、jsonl 文件"`
	Unit    string   `help:"文件中没有写单位的事项归入的单位"`
	List    string   `help:"导入的不是事项，而是现有清单（权力、责任、公共服务）或省级目录（catalogue）"`
	Edition string   `help:"清单的版本，如 2025年版；省级目录填公布文号"`
	Units   bool     `help:"导入的不是事项，而是单位和账号；新账号的初始密码只显示这一次"`
	DryRun  bool     `help:"只看会有什么变化，不写入任何内容"`
}

// lists names the lists as the flag does.
var lists = map[string]catalog.ListKind{"权力": catalog.PowerList, "责任": catalog.DutyList, "公共服务": catalog.ServiceList, "catalogue": catalog.Catalogue}

// Run imports files one after the other; their reports are joined.
func (c *importCmd) Run(e *env) error {
	if c.List == "" && c.Edition != "" {
		return fault.Invalidf("--edition 只用于清单，请同时用 --list 指明是哪种清单。")
	}
	if c.Units {
		return c.register(e)
	}
	if _, ok := lists[c.List]; c.List != "" && !ok {
		return fault.Invalidf("--list 应是 权力、责任、公共服务 或 catalogue，不能是“%s”。", c.List)
	}
	var r *reform.Service
	k, err := e.openWith(countyConfig{dataDir: e.Data, readOnly: c.DryRun, log: e.logger()})
	switch {
	case err == nil:
		defer k.close()
		r = k.reform
	case c.DryRun && fault.Is(err, fault.NotFound): // a dry run needs nothing prepared
		r = reform.New(reform.Config{Calendar: calendar.Embedded()})
	default:
		return err
	}
	total := reform.ListSummary{Summary: exchange.Summary{Problems: []exchange.Problem{}}}
	for _, f := range c.Files {
		sum, err := c.one(e, r, f)
		if err != nil {
			return err
		}
		total.Rows += sum.Rows
		total.Good += sum.Good
		total.Bad += sum.Bad
		total.Created += sum.Created
		total.Changed += sum.Changed
		total.Same += sum.Same
		total.Locked += sum.Locked
		total.Omitted += sum.Omitted
		total.Unknown = append(total.Unknown, sum.Unknown...)
		for _, p := range sum.Problems {
			if len(c.Files) > 1 {
				p.File = filepath.Base(f)
			}
			total.Problems = append(total.Problems, p)
		}
		total.Changes = append(total.Changes, sum.Changes[:min(len(sum.Changes), exchange.MaxChanges-len(total.Changes))]...)
		total.Carried += sum.Carried
		total.Elsewhere += sum.Elsewhere
		total.Unassigned += sum.Unassigned
	}
	return c.report(e, total)
}

// one imports one file.
func (c *importCmd) one(e *env, r *reform.Service, file string) (*reform.ListSummary, error) {
	if c.List == "" {
		sum, err := r.ImportFile(e.ctx, org.Operator(), file, reform.FileImport{Unit: c.Unit, DryRun: c.DryRun}, progress(e, file))
		if err != nil {
			return nil, err
		}
		return &reform.ListSummary{Summary: *sum}, nil
	}
	return r.ImportListFile(e.ctx, org.Operator(), file, c.Unit, reform.ListImport{List: lists[c.List], Edition: c.Edition, DryRun: c.DryRun})
}

// register imports units and accounts.
func (c *importCmd) register(e *env) error {
	if c.List != "" || c.Unit != "" || c.Edition != "" {
		return fault.Invalidf("--units 不能与 --list、--unit、--edition 同用。")
	}
	dir := e.Data
	if c.DryRun && e.DatabaseURL == "" && !exists(dir) { // a dry run needs nothing prepared
		var err error
		if dir, err = os.MkdirTemp("", "onevisit-"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	k, err := e.openWith(countyConfig{dataDir: dir, log: e.logger()})
	if err != nil {
		return err
	}
	defer k.close()
	total := office.RegisterImport{Summary: exchange.Summary{Problems: []exchange.Problem{}}}
	for _, path := range c.Files {
		r, err := registerFile(e, k, path, c.DryRun)
		if err != nil {
			return err
		}
		if len(c.Files) > 1 {
			for i := range r.Problems {
				r.Problems[i].File = filepath.Base(path)
			}
		}
		total.Join(r)
	}
	if e.JSON {
		if err := e.printJSON(total); err != nil {
			return err
		}
	} else {
		if c.DryRun {
			e.printf("试运行，没有写入任何内容。\n")
		}
		e.printf("共 %d 行：新增 %d，更改 %d，相同 %d，没有导入 %d；其中新建账号 %d 个。\n", total.Rows, total.Created, total.Changed, total.Same, total.Bad, total.Accounts)
		printProblems(e, total.Problems, total.Omitted)
		if len(total.Issued) > 0 {
			e.printf("\n初始密码（只显示这一次，本人首次登录时须修改）：\n单位,姓名,登录名,初始密码\n")
		}
		for _, p := range total.Issued {
			e.printf("%s,%s,%s,%s\n", p.Unit, p.Name, p.Login, p.Password)
		}
	}
	if total.Bad > 0 {
		return status(exitFindings)
	}
	return nil
}

func registerFile(e *env, k *county, path string, dry bool) (*office.RegisterImport, error) {
	src, f, err := exchange.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return k.office.ImportRegister(e.ctx, org.Operator(), src, dry)
}

// report prints what became of the files; rows that stayed out are findings.
func (c *importCmd) report(e *env, total reform.ListSummary) error {
	if e.JSON {
		var doc any = total
		if c.List == "" {
			doc = total.Summary
		}
		if err := e.printJSON(doc); err != nil {
			return err
		}
	} else {
		if c.DryRun {
			e.printf("试运行，没有写入任何内容。\n")
		}
		e.printf("共 %d 行：可导入 %d，未能读取 %d；新增 %d，更改 %d，相同 %d，", total.Rows, total.Good, total.Bad, total.Created, total.Changed, total.Same)
		if c.List == "" {
			e.printf("审核中未动 %d。\n", total.Locked)
		} else {
			e.printf("沿用上一版意见 %d，非县级行使未列入 %d，尚无承接单位 %d。\n", total.Carried, total.Elsewhere, total.Unassigned)
		}
		c.printChanges(e, total.Changes)
		printProblems(e, total.Problems, total.Omitted)
	}
	if total.Bad > 0 {
		return status(exitFindings)
	}
	return nil
}

// shownChanges and shownProblems are how many a terminal shows; --json has them
// all.
const shownChanges, shownProblems = 20, 50

// printChanges shows what changes in items that are there already.
func (c *importCmd) printChanges(e *env, changes []exchange.ItemChange) {
	for i, x := range changes {
		if i == shownChanges {
			e.printf("……其余 %d 个有变化的事项请用 --json 查看。\n", len(changes)-i)
			return
		}
		e.printf("%s：%s（%s）\n", x.Kind, x.Name, x.Unit)
		for _, d := range x.Changes {
			e.printf("    %s\n", strings.ReplaceAll(d.String(), "\n", " "))
		}
	}
}

// printProblems shows first what is noticed most often, then each of them, the
// worse before the better.
func printProblems(e *env, problems []exchange.Problem, omitted int) {
	type reason struct{ severity, field, message string }
	count, first := map[reason]int{}, map[reason]string{}
	var reasons []reason
	for _, p := range problems {
		r := reason{p.Severity, p.Field, quoted.ReplaceAllString(p.Message, "…")}
		if count[r]++; count[r] == 1 {
			reasons, first[r] = append(reasons, r), p.Message
		} else if first[r] != p.Message {
			first[r] = r.message
		}
	}
	rank := func(severity string) int {
		return slices.Index([]string{exchange.SeverityError, exchange.SeverityWarning, exchange.SeverityNote}, severity)
	}
	slices.SortStableFunc(reasons, func(a, b reason) int {
		return cmp.Or(cmp.Compare(rank(a.severity), rank(b.severity)), cmp.Compare(count[b], count[a]))
	})
	if len(problems) > 1 {
		e.printf("常见情况：\n")
		for _, r := range reasons[:min(len(reasons), 12)] {
			e.printf("  %5d 处 %s %s：%s\n", count[r], r.severity, r.field, first[r])
		}
		e.printf("逐行情况：\n")
	}
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b exchange.Problem) int { return cmp.Compare(rank(a.Severity), rank(b.Severity)) })
	for i, p := range problems {
		if i == shownProblems {
			e.printf("……其余 %d 条请用 --json 查看。\n", len(problems)-i+omitted)
			return
		}
		e.printf("%s %s：%s", strings.Join(strings.Fields(p.File+" "+p.Sheet+" "+place(p)), " "), p.Severity, p.Message)
		if p.Value != "" {
			e.printf("（%s）", p.Value)
		}
		e.printf("\n")
	}
}

// quoted are the parts of a message that differ from row to row.
var quoted = regexp.MustCompile(`“[^”]*”|\d+`)

func place(p exchange.Problem) string {
	switch {
	case p.Cell != "":
		return p.Cell + " " + p.Field
	case p.Row > 0:
		return fmt.Sprintf("第 %d 行 %s", p.Row, p.Field)
	}
	return p.Field
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// progress shows how far long work has come, on a terminal only.
func progress(e *env, what string) func(int) {
	f, ok := e.errOut.(*os.File)
	if !ok {
		return nil
	}
	if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(n int) { fmt.Fprintf(f, "\r%s：%d 行", filepath.Base(what), n) }
}
