package exchange_test

import (
	"bytes"
	"encoding/json"
	"io"
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
	ok := `{"steps": [{"id": "s1"}]}`
	for _, tt := range []struct{ name, text, place, want string }{
		{"p.json", `{"steps": [`, "1:12", "中断"},
		{"p.json", "{\"steps\":\n  [{\"id\": \"甲\" \"name\"}]}", "2:15", "写法有误"},
		{"p.json", "{\"steps\":\n [1,]}", "2:5", "写法有误"},
		{"p.json", `{"steps": [{"id": "s1`, "1:22", "中断"},
		{"p.json", "{\"steps\":\n [tru]}", "2:3", "写法有误"},
		{"p.json", "", "1:1", "中断"},
		{"p.json", "steps: []", "1:1", "写法有误"},
		{"p.json", "[]", "1:1", "对象"},
		{"p.json", "{\"main_hall\": \"\xb4\xf3\xcc\xfc\"}", "1:16", "UTF-8"},
		{"p.json", "{\"steps\": [{\"id\":\"s1\"}],\n \"colour\": 1}", "colour", "第 2 行第 12 列"},
		{"p.json", `{"steps": [{"id": 1}]}`, "steps[0].id", "应是文字"},
		{"p.json", `{"steps": [{"id": "s1", "waits": "true"}]}`, "steps[0].waits", "true"},
		{"p.json", `{"steps": [{"id": "s1", "days": "5"}]}`, "steps[0].days", "数字"},
		{"p.json", `{"steps": [{"id": "s1", "days": 1e999}]}`, "steps[0].days", "数字"},
		{"p.json", `{"steps": [{"id": "s1", "days": null}]}`, "steps[0].days", "数字"},
		{"p.json", `{"steps": [{"id": "s1", "offices": ["甲", 2]}]}`, "steps[0].offices[1]", "应是文字"},
		{"p.json", `{"steps": [{"id": "s1"}], "touchpoints": [{"id": "t1", "remote": "网上"}]}`, "touchpoints[0].remote", "数组"},
		{"p.json", `{"steps": [{"id": "甲", "id": "s1"}]}`, "1:24", "键“id”重复"},
		{"p.json", ok + "\n {}", "2:2", "之后还有内容"},
		{"p.json", ok + "]", "1:26", "之后还有内容"},
		{"p.json", `{"steps": [{"id": "s1"}], "touchpoints": [{"id":"t","duty":"提交","from":"s9","to":"s1","site":"w"}]}`, "touchpoints[0].from", "s9"},
		{"p.json", `{"name": "甲", "process": {"steps": [{"id": "s1"}, {"id": "s1"}]}}`, "process.steps[1].id", "重复"},
		{"p.json", `{"name": "甲", "process": {"step": []}}`, "process.step", "不认识"},
		{"p.json", `{"name": "甲", "process": null}`, "process", "对象"},
		{"p.json", `{"steps": []}`, "steps", "至少"},
		{"p.json", `{"steps": {"id": "s1"}}`, "steps", "数组"},
		{"p.json", strings.Repeat(`{"steps":[`, 40), "1:170", "嵌套过深"},
		{"p.yaml", "steps: &a [*a]", "1:12", "引用"},
		{"p.yaml", strings.Repeat("[", 40) + strings.Repeat("]", 40), "1:34", "嵌套过深"},
		{"p.yaml", "steps:\n  - id: s1\n\tid: s2", "2:1", "写法"},
		{"p.yaml", "steps:\n  - id: s1\n    id: s2", "3:5", "重复"},
		{"p.yaml", "steps:\n  - id: 1", "steps[0].id", "第 2 行第 9 列"},
		{"p.yaml", "steps:\n  - id: s1\n    waits: !!bool yes", "steps[0].waits", "true"},
		{"p.yaml", "steps:\n  - {id: s1, days: .inf}", "steps[0].days", "数字"},
		{"p.yaml", "steps: [{id: s1}]\n---\nsteps: []", "2:1", "之后还有内容"},
		{"-", "", "1:1", "空"},
		{"-", "steps", "1:1", "对象"},
	} {
		_, _, err := exchange.ReadProcess(tt.name, strings.NewReader(tt.text))
		found := false
		for _, f := range fault.Fields(err) {
			found = found || f.Path == tt.place && strings.Contains(f.Text, tt.want)
		}
		if !fault.Is(err, fault.Invalid) || !found {
			t.Errorf("%s %.60q: %v, want %s at %s", tt.name, tt.text, err, tt.want, tt.place)
		}
	}
	big := io.MultiReader(strings.NewReader(`{"steps": [{"id": "`), io.LimitReader(zeros{}, 17<<20))
	if _, _, err := exchange.ReadProcess("p.json", big); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "16 MB") {
		t.Errorf("a file of 17 MB: %v", err)
	}
}

// zeros reads as "0" without end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '0'
	}
	return len(b), nil
}

func TestReadProcessWarns(t *testing.T) {
	_, warnings, err := exchange.ReadProcess("-", strings.NewReader(`{"process": {"steps": [{"id": "s1", "kind": "占卜"}]}}`))
	if err != nil || len(warnings) != 2 || !strings.HasPrefix(warnings[0], "process.steps[0].kind") || !strings.Contains(warnings[1], "touchpoints") {
		t.Errorf("%q %v", warnings, err)
	}
}

// A county file that YAML would blow up beyond the machine's memory is refused
// before it is parsed, and told what can be read instead.
func TestLargeYAML(t *testing.T) {
	large := strings.NewReader(strings.Repeat(" ", 24<<20+1))
	_, _, err := exchange.ReadCounty("全县.yaml", large)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "超过上限 24 MB。请改用 JSON") {
		t.Errorf("%v", err)
	}
}

func FuzzReadProcess(f *testing.F) {
	f.Add("p.json", processJSON)
	f.Add("p.json", `{"process":{"steps":[{"id":"s1","days":1e3}],"touchpoints":[]}}`)
	f.Add("p.json", "{\"steps\":[{\"id\":\"s1\"}]}\x00")
	f.Add("-", "\xef\xbb\xbf{\"a\" 1}")
	f.Add("p.yaml", "steps:\n - {id: s1}")
	f.Add("p.yaml", "? [a]\n: b\n<<: *x")
	f.Add("p.yaml", "--- !!map {steps: !!seq [{id: !!str 1, days: 0x10}]}\n...")
	f.Fuzz(func(t *testing.T, name, text string) {
		p, _, err := exchange.ReadProcess(name, strings.NewReader(text))
		if err != nil {
			if !fault.Is(err, fault.Invalid) || p != nil {
				t.Errorf("%v is no Invalid fault, or %v was read", err, p)
			}
			return
		}
		// What was read is whole: written and read again it is the same.
		first, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := exchange.ReadProcess("p.json", bytes.NewReader(first))
		if err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second, err := json.Marshal(again); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s became %s", first, second)
		}
	})
}
