package web

import "onevisit/internal/server/web/ui"

// GET /api
func (s *Server) getAPI(q *request) error {
	p := q.publicPage("数据接口")
	p.Crumbs = []ui.Crumb{{Label: "首页", Href: "/"}}
	p.Description = "供其他系统读取公布的事项和办事指南，计算到场次数。"
	return q.render(p, apiView())
}

// apiDoor is one address that the page names.
type apiDoor struct{ Path, Does string }

// apiDoors are the addresses that most callers need; openapi.yaml has all.
var apiDoors = []apiDoor{
	{"GET /api/search?q=…", "搜索事项，结果与门户相同"},
	{"GET /api/guides", "全部现行事项，供其他系统同步"},
	{"GET /api/guides/{id}", "一个事项的办事指南：全部要素、到场次数及理由、核验码"},
	{"GET /api/units", "办事单位"},
	{"GET /api/releases/{seq}", "一个公布批次，含校验值"},
	{"GET /api/verify?code=…", "核验指南是不是本站公布的、是不是现行的"},
	{"GET /api/log/proof?code=…", "证明一份指南记在公布日志里，可离线核验"},
	{"POST /api/visit", "计算一个办理流程要跑几次"},
	{"POST /api/code", "识别并校验编码"},
	{"POST /api/cite", "识别文中的法律依据"},
}
