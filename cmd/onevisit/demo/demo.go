// Package demo builds the demonstration county: Guangzong's units and
// townships, people of every role, and a county list made of real item names
// from public lists, with everything that the sources do not give filled by
// declared, deterministic templates (templates.go).
//
// Nothing here describes a real office. Each item says in its source where its
// name comes from and that the rest is demonstration data; the program shows
// that on every page, document and file.
package demo

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"strings"

	"onevisit/internal/domain/code"
	"onevisit/internal/domain/org"
)

//go:embed data/*.csv data/*.json data/form.docx data/sample.pdf
var files embed.FS

// countyRules are the rules that the demonstration county has made of its own.
//
//go:embed data/rules.yaml
var countyRules string

// sources says where the names in items.csv come from.
var sources = map[string]string{
	"guangan":   "名称取自四川省广安市广安区公开事项（github.com/v-luobo/zwfw，Apache-2.0，2025）",
	"guangdong": "名称取自广东省公开事项（github.com/Clarence-Kong/QABasedOnPolicyKnowledgeGraph，MIT，2021）",
	"luoyang":   "名称取自洛阳市公安局公开事项（github.com/dreamLXD/lywjw2.io，2020，仅事实）",
}

// division is Guangzong's code after GB/T 2260.
const division = "130531"

// Password opens every demonstration account.
const Password = "onevisit-demo"

func table(name string) []map[string]string {
	b, err := files.ReadFile("data/" + name)
	if err != nil {
		panic(err) // embedded; a test reads both files
	}
	rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("demo: %s: %v", name, err))
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := make(map[string]string, len(r))
		for i, h := range rows[0] {
			m[h] = r[i]
		}
		out = append(out, m)
	}
	return out
}

// unitRow is a unit of the demonstration with the login names' stem.
type unitRow struct {
	org.Unit
	login      string
	supervisor string // by name
}

// Units returns the demonstration's units in the order of the file. Supervisors
// are given by name until the units are stored.
func units() []unitRow {
	var out []unitRow
	for i, r := range table("units.csv") {
		u := unitRow{login: r["login"], supervisor: r["supervisor"], Unit: org.Unit{
			Name: r["name"], Short: r["short"], Kind: org.UnitKind(r["kind"]), System: r["system"], Division: r["division"],
			Department: r["department"], InScope: r["in_scope"] == "1", Position: i,
			USCC:      creditCode(org.UnitKind(r["kind"]), i+1),
			Phone:     fmt.Sprintf("0319-72%05d", 10001+i*37),
			Complaint: fmt.Sprintf("0319-72%05d", 60001+i*41),
			Address:   "广宗县政务服务大厅（演示地址）",
			Hours:     "工作日 9:00—12:00，13:30—17:30",
		}}
		if u.Kind == org.KindTownship {
			u.Address = strings.TrimSuffix(u.Name, "人民政府") + "便民服务中心（演示地址）"
		}
		out = append(out, u)
	}
	return out
}

func creditCode(k org.UnitKind, serial int) string {
	c, err := code.MakeUSCC(prefix(k), division, serial)
	if err != nil {
		panic(err) // constants; a test makes every unit
	}
	return c
}

// prefix is the registering body and category of a credit code (GB 32100).
func prefix(k org.UnitKind) string {
	switch k {
	case org.KindInstitution, org.KindSubordinate:
		return "12"
	case org.KindEnterprise:
		return "91"
	case org.KindMass:
		return "13"
	}
	return "11"
}
