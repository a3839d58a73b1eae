package code

import (
	_ "embed"
	"strings"
)

//go:embed data/types.csv
var typesCSV string

//go:embed data/departments.csv
var departmentsCSV string

// table holds names by division ("00" is the national numbering) and code.
type table map[string]map[string]string

func load(text string) table {
	t := table{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		f := strings.SplitN(line, ",", 4)
		if i == 0 || len(f) < 3 {
			continue
		}
		if t[f[0]] == nil {
			t[f[0]] = map[string]string{}
		}
		t[f[0]][f[1]] = f[2]
	}
	return t
}

var types, departments = load(typesCSV), load(departmentsCSV)

// lookup reads the division's own numbering if it has one, and only else the
// national one: the same number means different departments (02 is 外交 in the
// national and 教育 in Guangdong's numbering).
func (t table) lookup(division, code string) (string, bool) {
	own, ok := t[division]
	if !ok {
		own = t["00"]
	}
	name, ok := own[code]
	return name, ok
}

// TypeName is the name of an item type (positions 3–4 of a 基本编码) in the
// numbering of the division (positions 1–2, e.g. "13"). ok is false if the
// numbering has no such code.
func TypeName(division, code string) (name string, ok bool) { return types.lookup(division, code) }

// DepartmentName is the name of a department (positions 5–6 of a 基本编码) in
// the numbering of the division. The tables are drawn from published items and
// are not complete; each line of data/departments.csv says how sure it is.
func DepartmentName(division, code string) (name string, ok bool) {
	return departments.lookup(division, code)
}

// TypeCode is the code that the division gives to a type, e.g. 13, 公共服务 →
// 20. Where it has several the lowest is given.
func TypeCode(division, name string) (code string, ok bool) {
	own, found := types[division]
	if !found {
		own = types["00"]
	}
	for c, n := range own {
		if n == name && (code == "" || c < code) {
			code = c
		}
	}
	return code, code != ""
}

var levels = [8]string{"", "国家级", "省级", "市级", "县级", "镇（乡、街道）级", "村（社区）级", "分级管理"}

// LevelName is the 行使层级 of GB/T 39046-2020 annex A: 1 国家级, 2 省级,
// 3 市级, 4 县级, 5 镇（乡、街道）级, 6 村（社区）级, 7 分级管理.
func LevelName(code string) (name string, ok bool) {
	if len(code) == 1 && code[0] >= '1' && code[0] <= '7' {
		return levels[code[0]-'0'], true
	}
	return "", false
}

// LevelCode is the code of a level by its name or its usual short form (县,
// 县级, 乡级, 镇级, 街道, 村级, 国家).
func LevelCode(name string) (code string, ok bool) {
	name = strings.TrimSuffix(strings.TrimSpace(name), "级")
	switch name {
	case "国家", "国":
		return "1", true
	case "省", "自治区", "直辖市":
		return "2", true
	case "市", "州", "地市", "设区的市":
		return "3", true
	case "县", "区", "县区", "区县":
		return "4", true
	case "乡", "镇", "街道", "乡镇", "镇（乡、街道）", "镇(乡、街道)", "乡镇（街道）", "乡镇(街道)":
		return "5", true
	case "村", "社区", "村（社区）", "村(社区)":
		return "6", true
	case "分级管理":
		return "7", true
	}
	return "", false
}

var provinces = map[string]string{
	"11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
	"21": "辽宁省", "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省",
	"33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
	"41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省", "45": "广西壮族自治区",
	"46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省", "53": "云南省",
	"54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省", "64": "宁夏回族自治区",
	"65": "新疆维吾尔自治区", "71": "台湾省", "81": "香港特别行政区", "82": "澳门特别行政区",
}

// DivisionName is the name for the first two characters of a 基本编码 or of a
// division code of GB/T 2260; "00" is 国家.
func DivisionName(code string) (name string, ok bool) {
	if len(code) < 2 {
		return "", false
	}
	if code == "00" {
		return "国家", true
	}
	name, ok = provinces[code[:2]]
	return name, ok
}
