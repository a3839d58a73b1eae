package exchange

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"onevisit/internal/domain/catalog"
)

func TestReadList(t *testing.T) {
	text := "县水务局权力清单,,,\n序号,职权名称,职权类别,实施依据,备用\n1,取水许可,行政许可,《水法》第四十八条,\n2,,行政许可,,\n3,水土保持方案审批, 许可 ,《水土保持法》第二十五条,甲\n"
	var got []ListRecord[catalog.ListEntry]
	rep, err := ReadList(context.Background(), Source{Name: "a.csv", R: strings.NewReader(text), Size: int64(len(text))},
		ListOptions{Kind: catalog.PowerList, Unit: "县水务局", Source: "广政字〔2018〕1号"},
		func(r ListRecord[catalog.ListEntry]) error { got = append(got, r); return nil })
	if err != nil || rep.Rows != 3 || rep.Good != 2 || rep.Bad != 1 || len(rep.Unknown) != 1 || rep.Unknown[0].Name != "备用" {
		t.Fatal(err, rep)
	}
	want := catalog.ListEntry{Kind: catalog.PowerList, Unit: "县水务局", Name: "取水许可", Type: "行政许可", Basis: "《水法》第四十八条", Source: "广政字〔2018〕1号"}
	if *got[0].Entry != want || got[0].Row != 3 || got[1].Entry != nil {
		t.Errorf("%+v", got)
	}
	// The same list as a workbook without kind and unit: each row says so.
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range [][]any{{"事项名称", "类型"}, {"取水许可", "行政许可"}} {
		if err := f.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	got = nil
	_, err = ReadList(context.Background(), Source{Name: "a.xlsx", R: bytes.NewReader(b.Bytes()), Size: int64(b.Len())}, ListOptions{},
		func(r ListRecord[catalog.ListEntry]) error { got = append(got, r); return nil })
	if err != nil || len(got) != 1 || !has(got[0].Problems, "清单类别", "应为") || !has(got[0].Problems, "单位", "请填写") {
		t.Fatal(err, got)
	}
}

func TestReadCatalogue(t *testing.T) {
	text := `{"基本编码":"０00119002000","事项名称":"取水许可","事项类型":"行政许可","行使层级":["省级","市级","县级"],"行业主管部门":"省水利厅"}` + "\n" + `{"基本编码":"00011900200","事项名称":"取水许可变更"}` + "\n{\n"
	var got []ListRecord[catalog.CatalogueEntry]
	rep, err := ReadCatalogue(context.Background(), Source{Name: "a.jsonl", R: strings.NewReader(text), Size: int64(len(text))},
		ListOptions{Version: "冀政办字〔2025〕19号"}, func(r ListRecord[catalog.CatalogueEntry]) error { got = append(got, r); return nil })
	if err != nil || rep.Good != 2 || rep.Bad != 1 {
		t.Fatal(err, rep)
	}
	e := got[0].Entry
	if e.BasicCode != "000119002000" || len(e.Levels) != 3 || e.Department != "省水利厅" || e.Version != "冀政办字〔2025〕19号" || len(got[0].Problems) != 0 {
		t.Errorf("%+v %v", e, got[0].Problems)
	}
	if !has(got[1].Problems, "基本编码", "11位") {
		t.Errorf("%v", got[1].Problems)
	}
}
