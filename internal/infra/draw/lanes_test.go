package draw

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"onevisit/internal/domain/catalog"
	"onevisit/internal/domain/visit"
)

func sample() *catalog.Item {
	return &catalog.Item{Unit: "县卫生健康局", Name: "公共场所卫生许可", Process: &catalog.Process{
		Sites: []catalog.Site{{ID: "p1", Name: "3号窗口", Hall: "县政务服务大厅"}, {ID: "p2", Name: "疾控中心<检验科>"}},
		Steps: []catalog.Step{
			{ID: "s1", Kind: "受理", Waits: true}, {ID: "s2", Kind: "检验检测", Unit: "县疾控中心", Days: 3, Waits: true},
			{ID: "s3", Kind: "审查", Name: "审查申请材料并提出初步审查意见", Days: 5, Waits: true}, {ID: "s4", Kind: "会签", With: "s3", Unit: "县住房和城乡建设局"}, {ID: "s5", Kind: "送达"}},
		Touchpoints: []catalog.Touchpoint{{ID: "t1", Duty: "提交", From: "s1", To: "s1", Site: "p1"}, {ID: "t2", Duty: "采样", From: "s2", To: "s2", Site: "p2"}, {ID: "t3", Duty: "领取", From: "s5", To: "s5", Site: "p1"}},
	}}
}

func TestLanes(t *testing.T) {
	it := sample()
	a, err := visit.AssessItem(it)
	if err != nil || a.Visits != 3 {
		t.Fatalf("%d visits, %v", a.Visits, err)
	}
	svg := Lanes(it, it.Process, a)
	if n := strings.Count(svg, `fill="`+pin+`"/>`); n != 3 {
		t.Errorf("%d pins for 3 trips", n)
	}
	for _, want := range []string{"申请人", "窗口", "股室", "其他单位", "县政务服务大厅", "&lt;检验科&gt;", "申请人上门 3 次", "…"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
	}
	if Lanes(it, nil, a) != "" || Lanes(it, &catalog.Process{}, a) != "" {
		t.Error("a process without steps has no picture")
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"受理", []string{"受理"}},
		{"审查申请材料并提出初步", []string{"审查申请材料并", "提出初步"}},
		{"审查申请材料并提出初步审查意见", []string{"审查申请材料并", "提出初步审查…"}},
		{"ABCDEFGHIJKLMNOP", []string{"ABCDEFGHIJKLMN", "OP"}},
	} {
		got := wrap(c.in, 100, 2)
		if strings.Join(got, "/") != strings.Join(c.want, "/") {
			t.Errorf("%s: %q, want %q", c.in, got, c.want)
		}
	}
}
