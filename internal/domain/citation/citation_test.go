package citation

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestRead(t *testing.T) {
	// want: title|number|section|article|paragraph|item|level
	for _, x := range []struct {
		in   string
		want []string
	}{
		{"《中华人民共和国行政许可法》第四十二条", []string{"中华人民共和国行政许可法|||42|||法律"}},
		{"根据行政许可法第四十二条的规定", []string{"行政许可法|||42|||法律"}},
		{"《国务院关于基础教育改革与发展的决定》（国发［2001］21号）第三点第22条", []string{"国务院关于基础教育改革与发展的决定|国发〔2001〕21号|3点|22|||国务院决定"}},
		{"《广东省实施《中华人民共和国森林法》的办法》第十条、第十二条第一款、第三款第（二）项", []string{
			"广东省实施《中华人民共和国森林法》的办法|||10|||地方性法规",
			"广东省实施《中华人民共和国森林法》的办法|||12|1||地方性法规",
			"广东省实施《中华人民共和国森林法》的办法|||12|3|2|地方性法规"}},
		{"《关于印发〈河北省政务服务办法〉的通知》(冀政办[2018] 12 号)", []string{"关于印发〈河北省政务服务办法〉的通知|冀政办〔2018〕12号|||||省级文件"}},
		{"《中华人民共和国义务教育法》（中华人民共和国主席令第五十二号）第三十九条、《国务院对确需保留的行政审批项目设定行政许可的决定》（国务院令第412号）附件第21项", []string{
			"中华人民共和国义务教育法|主席令第52号||39|||法律", "国务院对确需保留的行政审批项目设定行政许可的决定|国务院令第412号|||||国务院决定"}},
		{"《刑法》第一百二十条之一第二款", []string{"刑法|||120之1|2||法律"}},
		{"国发〔2018〕1号", []string{"|国发〔2018〕1号|||||国务院文件"}},
		{"国办发（２０１８）４５号", []string{"|国办发〔2018〕45号|||||国务院文件"}},
		{"国发〔2018〕1号《国务院关于做好某事的通知》", []string{"国务院关于做好某事的通知|国发〔2018〕1号|||||国务院文件"}},
		{"《关于做好广东省药学技术人员管理工作的通知》粤食药监人（2009）119号", []string{"关于做好广东省药学技术人员管理工作的通知|粤食药监人〔2009〕119号|||||省级文件"}},
		{"《政府采购质疑和投诉办法》（财政部令第94号）相关规定：第十八条", []string{"政府采购质疑和投诉办法|财政部令第94号||18|||部门规章"}},
		{"《民办非企业单位登记管理暂行条例》（1998年国务院令第251号）", []string{"民办非企业单位登记管理暂行条例|国务院令第251号|||||行政法规"}},
		{"道路运输管理工作规范 交运便字〔2014〕181号", []string{"道路运输管理工作规范|交运便字〔2014〕181号|||||部门文件"}},
		{"取水许可管理办法水利部令第34号", []string{"取水许可管理办法|水利部令第34号|||||部门规章"}},
		{"依据河北省实施《中华人民共和国森林法》办法第三十六条", []string{"河北省实施《中华人民共和国森林法》办法|||36|||地方性法规"}},
		{"按照实施《森林法》第三条的要求", []string{"森林法|||3|||法律"}},
		{"某某场所管理办法 第三条", []string{"某某场所管理办法|||3|||部门规章"}},
		{"《行政许可法》第十、十二条和第二十条", []string{"行政许可法|||10|||法律", "行政许可法|||12|||法律", "行政许可法|||20|||法律"}},
		{"高等职业学校设置办法（暂行）第二条", []string{"高等职业学校设置办法（暂行）|||2|||部门规章"}},
		{"《军人抚恤优待条例》（国务院中央委令第602号）第二十九条退出现役的", []string{"军人抚恤优待条例|国务院中央委令第602号||29|||行政法规"}},
		{"《河北省优化营商环境条例》第三条；《条例》第五条", []string{"河北省优化营商环境条例|||3|||地方性法规", "条例|||5|||地方性法规"}},
		{"《邢台市城市管理办法》", []string{"邢台市城市管理办法||||||市县文件"}},
		{"《邢台市城市管理办法》（邢台市人民政府令〔2017〕第3号）", []string{"邢台市城市管理办法|邢台市人民政府令〔2017〕第3号|||||地方政府规章"}},
		{"邢政字〔2018〕30号", []string{"|邢政字〔2018〕30号|||||市县文件"}},
		{"《城市绿化条例》第十条第一款第一项第二目", []string{"城市绿化条例|||10|1|1|行政法规"}},
		{"《人力资源社会保障部关于做好某项工作的通知》（人社部发〔2018〕2号）", []string{"人力资源社会保障部关于做好某项工作的通知|人社部发〔2018〕2号|||||部门文件"}},
		{"《国家税务总局关于某事项的公告》（国家税务总局公告2015年第36号）", []string{"国家税务总局关于某事项的公告|国家税务总局公告2015年第36号|||||部门文件"}},
		{"凭《营业执照》到窗口办理", nil},
	} {
		got := Parse(x.in)
		var flat []string
		for _, c := range got {
			flat = append(flat, strings.Join([]string{c.Title, c.Number, c.Section, c.Article, c.Paragraph, c.Item, string(c.Level)}, "|"))
		}
		if strings.Join(flat, "\n") != strings.Join(x.want, "\n") {
			t.Errorf("%s\n got %q\nwant %q", x.in, flat, x.want)
		}
	}
}

func TestStop(t *testing.T) {
	for _, x := range []struct {
		in     string
		offset int
		cites  int
	}{
		{"", 0, 0}, {"  ", 2, 0}, {"按有关规定办理", 0, 0}, {"第十条", 0, 0}, {"《行政许可法", 0, 1}, {"《行政许可法》第__条", 7, 1},
		{"《行政许可法》第四条；《土地管理法第五条", 11, 2}, {"《》第五条", 1, 0}, {"《行政许可法》第四十二条规定，二十日内办结。", -1, 1},
	} {
		c, stop := Read(x.in)
		switch {
		case len(c) != x.cites:
			t.Errorf("%q: %d citations %v, want %d", x.in, len(c), c, x.cites)
		case x.offset < 0 && stop != nil, x.offset >= 0 && (stop == nil || stop.Offset != x.offset):
			t.Errorf("%q: stop %v, want offset %d", x.in, stop, x.offset)
		case stop != nil && (stop.Text == "" || stop.String() == ""):
			t.Errorf("%q: stop without a text", x.in)
		}
	}
}

func TestFromFields(t *testing.T) {
	c, stop := FromFields("森林法实施条例", "", "第三十条、第三十一条")
	if stop != nil || len(c) != 2 || c[1].Article != "31" || c[1].Level != AdminRegulation {
		t.Errorf("%+v %v", c, stop)
	}
	c, _ = FromFields("《取水许可管理办法》", "水利部令第34号", "3条")
	if len(c) != 1 || c[0].Number != "水利部令第34号" {
		t.Errorf("%+v", c)
	}
}

func TestNumeral(t *testing.T) {
	for in, want := range map[string]int{"一": 1, "十": 10, "十二": 12, "二十": 20, "一百": 100, "一百零三": 103, "一百二十": 120, "一百二十一": 121, "一千二百六十": 1260, "一二三": 123, "贰拾": 20, "〇": 0, "42": 42, "４２": 42, "12345": 0, "两百": 200} {
		if v, _, ok := numeral(in, 0); ok != (want > 0) || ok && v != want {
			t.Errorf("%s = %d %v, want %d", in, v, ok, want)
		}
	}
}

func TestRanks(t *testing.T) {
	for i, l := range Levels() {
		if l.Rank() != i+1 || l.AtLeastProvincial() != (l != LowerDocument) {
			t.Errorf("%s: rank %d", l, l.Rank())
		}
	}
	if Level("").AtLeastProvincial() || Level("x").AtLeastProvincial() || Level("x").Rank() != 0 {
		t.Error("an unknown level ranks")
	}
	for title, l := range known {
		if l.Rank() == 0 || title == "" {
			t.Errorf("titles.csv: %s has level %q", title, l)
		}
	}
	if !SameNorm("《中华人民共和国行政许可法》", "行政许可法") || SameNorm("水法", "森林法") {
		t.Error("SameNorm")
	}
}

func lines(t testing.TB, name string) (out []string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if s := sc.Text(); s != "" && s[0] != '#' {
			out = append(out, s)
		}
	}
	return out
}

// The published references are read, but for the certificates and forms among
// them, which found nothing.
func TestPublishedReferences(t *testing.T) {
	parsed, ranked, article, withArticle, papers, total := 0, 0, 0, 0, 0, 0
	for _, l := range lines(t, "testdata/refs.tsv") {
		f := strings.Split(l, "\t")
		if notNorm(strings.TrimSpace(f[1])) {
			papers++
			continue
		}
		total++
		isArticle := strings.Contains(f[2], "第") && !strings.Contains(f[2], "号")
		var c []Citation
		var stop *Stop
		if isArticle {
			c, stop = FromFields(f[1], "", f[2])
		} else {
			c, stop = FromFields(f[1], f[2], "")
		}
		if len(c) > 0 && stop == nil {
			parsed++
		} else {
			t.Logf("not read: %s: %v", l, stop)
			continue
		}
		if c[0].Level != "" {
			ranked++
		} else {
			t.Logf("not ranked: %s", l)
		}
		if isArticle {
			withArticle++
			if c[0].Article != "" {
				article++
			} else {
				t.Errorf("article not read: %s", l)
			}
		} else if f[2] != "" && c[0].Number == "" {
			t.Errorf("number not read: %s", l)
		}
	}
	t.Logf("%d references and %d papers: read %d, ranked %d (%.0f%%); %d of %d articles", total, papers, parsed, ranked, 100*float64(ranked)/float64(total), article, withArticle)
	if parsed != total || article != withArticle || ranked*100 < total*85 {
		t.Error("fewer than before")
	}
}

func TestPublishedProse(t *testing.T) {
	n, found := 0, 0
	for _, l := range lines(t, "testdata/prose.txt") {
		n++
		c := Parse(l)
		if len(c) > 0 {
			found++
		}
		for _, x := range c {
			if x.Title != "" && !strings.Contains(l, strings.TrimSuffix(x.Title, "（试行）")) && !strings.Contains(x.Title, "（暂行）") {
				t.Errorf("title %q is not in %q", x.Title, l)
			}
		}
	}
	t.Logf("citations found in %d of %d passages", found, n)
	if found*100 < n*60 {
		t.Error("fewer than before")
	}
}

// Work grows with the text, not with its square: many unpaired marks, brackets
// and half-finished articles.
func TestHostileTextsEnd(t *testing.T) {
	for _, unit := range []string{"《", "》", "《《》", "（", "第", "第一", "第一、", "〔2018〕", "令第", "《a》（", "《a》第一条、", "法第一条", "《a》第一条（一）", "国发〔2018", " 第", "《a》第一条至第一百条"} {
		text := strings.Repeat(unit, 200_000/len(unit))
		c, _ := Read(text)
		if len(c) > len(text) {
			t.Fatal("more citations than bytes")
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"《行政许可法》第四十二条", "《a《b》（国发〔2018〕1号）第三点第22条", "第（一）项", "1998年国务院令第251号", "《\xff》第一条之二", "刑法第一百二十条之一"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, stop := Read(s)
		if len(c) == 0 && stop == nil {
			t.Fatal("nothing read and no stop")
		}
		if stop != nil && (stop.Offset < 0 || stop.Offset > utf8.RuneCountInString(s)) {
			t.Fatalf("offset %d", stop.Offset)
		}
		for _, x := range c {
			if x.Title == "" && x.Number == "" {
				t.Fatalf("%q: empty citation", s)
			}
			if x.Level != "" && x.Level.Rank() == 0 {
				t.Fatalf("level %q", x.Level)
			}
		}
	})
}

// A citation written out is read back as itself.
func TestStringIsReadBack(t *testing.T) {
	for _, l := range lines(t, "testdata/refs.tsv") {
		f := strings.Split(l, "\t")
		for _, c := range Parse("《" + f[1] + "》" + f[2]) {
			back, stop := ParseOne(c.String())
			if stop != nil || back != c {
				t.Errorf("%s\nread back as %+v (%v)", c, back, stop)
			}
		}
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_ = Parse("《中华人民共和国行政许可法》第四十二条")
	}
}

func BenchmarkReadUnknownTitle(b *testing.B) {
	for b.Loop() {
		_ = Parse("《广东省人民政府关于印发广东省建设项目环境影响评价文件分级审批办法的通知》（粤府〔2019〕6号）第三条")
	}
}
