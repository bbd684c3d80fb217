package record

// placeEdits have something else in the place of a file, and the file in another place.
func placeEdits() []treeEdit {
	const shared = "share/demo.txt"
	elsewhere := func(title string, edit func(t *Tree), want string) treeEdit {
		return treeEdit{Name: title, Edit: func(t *Tree) {
			t.Files["dev/"+shared] = t.Files[shared]
			t.Files["../outside/demo.txt"] = t.Files[shared]
			t.More = []string{"dev"}
			delete(t.Files, shared)
			edit(t)
		}, Want: []string{want + " " + shared}}
	}
	return []treeEdit{
		elsewhere("a folder in its place", func(t *Tree) { t.Files[shared+"/x"] = "x" }, "record-missing-file"),
		elsewhere("a link out in its place", func(t *Tree) { t.Links[shared] = "OUT/outside/demo.txt" }, "record-outside-output"),
		elsewhere("a link to nothing in its place", func(t *Tree) { t.Links[shared] = "nothing" }, "record-missing-file"),
		elsewhere("a folder out in its place", func(t *Tree) { t.Links["share"] = "OUT/outside" }, "record-outside-output"),
		elsewhere("a folder out without the file in its place", func(t *Tree) { t.Links["share"] = "OUT" }, "record-outside-output"),
		elsewhere("a link out in the other place", func(t *Tree) {
			delete(t.Files, "dev/"+shared)
			t.Links["dev/"+shared] = "OUT/outside/demo.txt"
		}, "record-outside-output"),
		{Name: "a link out where the wheel has a file, and the file in another place", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Replace("../../../include/python3.11/demo/demo.h", "")
			t.Add("../../../include/site/python3.11/demo/demo.h", "int demo;\n")
			t.Link("include/python3.11/demo/demo.h", "../outside.h")
		}, Want: []string{"record-outside-output include/python3.11/demo/demo.h", "record-unlisted-file include/site/python3.11/demo/demo.h"}},
	}
}

// storeEdits have links to files of a Nix store, which is a folder beside the prefix.
func storeEdits() []treeEdit {
	stored := func(title string, edit func(t *Tree), want ...string) treeEdit {
		return treeEdit{Name: title, Edit: func(t *Tree) {
			t.Store = "store"
			t.Link(sited, "../store/data/data.txt")
			t.Links[sited] = "OUT/store/data/data.txt"
			edit(t)
		}, Want: want}
	}
	return []treeEdit{
		stored("a link to a file of the store", func(*Tree) {}),
		stored("a link to a file of the store, with its wheel", func(t *Tree) { t.Wheel = Good() }),
		stored("a link to a file of the store that holds something else", func(t *Tree) {
			t.Files["../store/data/data.txt"] = "some date\n"
		}, "record-outside-output "+sited),
		stored("a link to another file of the store than the wheel's", func(t *Tree) {
			t.Wheel = Good()
			t.Files["../store/data/data.txt"] = "some date\n"
			t.Replace(file, Row(file, "some date\n"))
		}, "record-outside-output "+sited),
		stored("a link to a file of the store, and no hash", func(t *Tree) {
			t.Files["../store/data/x.pyc"] = "x"
			t.Links[Site+"/demo/evil.pyc"] = "OUT/store/data/x.pyc"
			t.Rows = append(t.Rows, "demo/evil.pyc,,")
		}, "record-outside-output "+Site+"/demo/evil.pyc"),
		stored("a link to a file beside the store", func(t *Tree) { t.Store = "store/other" }, "record-outside-output "+sited),
		stored("a link to a folder of the store", func(t *Tree) { t.Links[sited] = "OUT/store/data" }, "record-outside-output "+sited),
	}
}
