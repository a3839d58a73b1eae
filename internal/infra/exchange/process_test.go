package exchange_test

import (
	"strings"
	"testing"

	"onevisit/internal/domain/fault"
	"onevisit/internal/infra/exchange"
)

const processJSON = `{ "main_hall": "大厅",
  "sites": [ {"id": "w1", "hall": "大厅"} ],
  "steps": [ {"id": "s1", "kind": "受理", "waits": true, "offices": ["甲股"], "basis": ""}, {"id": "s2", "days": 2.5} ],
  "touchpoints": [ {"id": "t1", "duty": "提交", "from": "s1", "to": "s1", "site": "w1", "remote": []} ] }`

func TestReadProcess(t *testing.T) {
	for name, text := range map[string]string{
		"p.json":    processJSON,
		"item.json": `{"schema":"onevisit/item@1","name":"甲","process":` + processJSON + `}`,
		"p.yaml":    "main_hall: 大厅\nsites:\n  - {id: w1, hall: 大厅}\nsteps:\n  - {id: s1, waits: true}\n  - id: s2\n    days: 2.5\ntouchpoints:\n  - {id: t1, duty: 提交, from: s1, to: s1, site: w1}\n",
	} {
		p, _, err := exchange.ReadProcess(name, strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(p.Steps) != 2 || p.Steps[1].Days != 2.5 || !p.Steps[0].Waits || len(p.Touchpoints) != 1 {
			t.Errorf("%s: %+v", name, p)
		}
	}
	p, _, err := exchange.ReadProcess("none.json", strings.NewReader(`{"steps":[{"id":"s1"}]}`))
	if err != nil || p.Touchpoints == nil {
		t.Errorf("absent touchpoints state that there are none: %v", err)
	}
}

func TestReadProcessNamesThePlace(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"p.json", `{"steps": [`, "第 1 行"},
		{"p.json", "{\"steps\": [{\"id\":\"s1\"}],\n \"colour\": 1}", "colour"},
		{"p.json", `{"steps": [{"id": 1}]}`, "steps[0].id"},
		{"p.json", `{"steps": [{"id": "s1", "id": "s2"}]}`, "重复"},
		{"p.json", `{"steps": [{"id": "s1"}]} {}`, "之后还有内容"},
		{"p.json", `{"steps": [{"id": "s1"}], "touchpoints": [{"id":"t","duty":"提交","from":"s9","to":"s1","site":"w"}]}`, "touchpoints[0].from"},
		{"p.json", `{"steps": []}`, "steps"},
		{"p.json", strings.Repeat(`{"steps":[`, 40), "嵌套过深"},
		{"p.yaml", "steps: &a [*a]", "引用"},
		{"p.yaml", "\t", "YAML"},
		{"p.txt", "", "YAML"},
		{"p.json", `{"steps": {"id": "s1"}}`, "数组"},
	} {
		_, _, err := exchange.ReadProcess(tt.name, strings.NewReader(tt.text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzReadProcess(f *testing.F) {
	f.Add("p.json", processJSON)
	f.Add("p.yaml", "steps:\n - {id: s1}")
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, _, err := exchange.ReadProcess(name, strings.NewReader(text)); err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%v is no Invalid fault", err)
		}
	})
}
