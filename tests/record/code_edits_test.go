package record

import "path/filepath"

// bytecodeEdits have bytecode with and without a source, whatever its row says.
func bytecodeEdits() []treeEdit {
	const more, evil = "demo/more.pyc", "demo/__pycache__/evil.cpython-311.pyc"
	unhashed := func(name string) func(t *Tree) {
		return func(t *Tree) {
			t.Add(name, "x")
			t.Replace(name, name+",,")
		}
	}
	return []treeEdit{
		{Name: "bytecode of another hash", Edit: func(t *Tree) { t.Replace(initPyc, Row(initPyc, "other")) }},
		{Name: "bytecode of the wheel that was compiled anew", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.Add(initPyc, "of the wheel")
		}},
		{Name: "bytecode of the wheel that was left out", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.Add(initPyc, "of the wheel")
			delete(t.Files, Site+"/"+initPyc)
			t.Replace(initPyc, "")
		}},
		{Name: "bytecode of the wheel that pip compiled anew, and lists twice", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.Add(initPyc, "of the wheel")
			t.Rows = append(t.Rows, Row(initPyc, "of the wheel"))
		}},
		{Name: "bytecode without a source, with a hash", Edit: func(t *Tree) { t.Add(more, "x") }},
		{Name: "bytecode without a source that is false", Edit: func(t *Tree) {
			t.Add(more, "x")
			t.Files[Site+"/"+more] = "y"
		}, Want: []string{"record-hash-mismatch " + Site + "/" + more}},
		{Name: "bytecode without a source that is gone", Edit: func(t *Tree) {
			t.Add(more, "x")
			delete(t.Files, Site+"/"+more)
		}, Want: []string{"record-missing-file " + Site + "/" + more}},
		{Name: "bytecode without a source, without a hash", Edit: unhashed(more), Want: []string{"record-weak-hash " + Site + "/" + more}},
		{Name: "cached bytecode without a source, without a hash", Edit: unhashed(evil), Want: []string{"record-weak-hash " + Site + "/" + evil}},
	}
}

// exemptEdits put code under names that need no row.
func exemptEdits() []treeEdit {
	const info = "demo-1.0.dist-info/"
	const site = Site + "/" + info
	edits := []treeEdit{
		{Name: "an object that its row lists as INSTALLER", Edit: func(t *Tree) {
			t.Set(info+"INSTALLER", "\x7fELF core\n")
		}, Want: []string{"record-unlisted-file " + site + "INSTALLER"}},
		{Name: "an object that the wheel has as INSTALLER", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.Add(info+"INSTALLER", "\x7fELF core\n")
			t.Set(info+"INSTALLER", "\x7fELF core\n")
		}, Want: []string{"record-unlisted-file " + site + "INSTALLER"}},
		{Name: "a link to a folder as uv_build.json", Edit: func(t *Tree) {
			t.Links[site+"uv_build.json"] = "/usr"
		}, Want: []string{"record-unlisted-file " + site + "uv_build.json"}},
		{Name: "signatures", Edit: func(t *Tree) {
			t.Files[site+"RECORD.jws"], t.Files[site+"RECORD.p7s"] = "{}", "0\x82\r\n"
		}},
	}
	for name, data := range map[string]string{
		"RECORD.jws": "\x7fELF", "RECORD.p7s": "#!/bin/sh\n", "provenance_url.json": "\xa7\r\r\n",
		"uv_cache.json": "PK\x03\x04", "uv_build.json": "\x7fELF", "direct_url.json": "\x7fELF", "REQUESTED": "#!/x",
	} {
		edits = append(edits, treeEdit{Name: "code as " + name, Edit: func(t *Tree) {
			if _, listed := t.Files[site+name]; listed {
				t.Replace(info+name, "")
			}
			t.Files[site+name] = data
		}, Want: []string{"record-unlisted-file " + site + name}})
	}
	return edits
}

// unknownEdits have the good wheel and, beside what it holds, distributions that are none
// of it.
func unknownEdits() []treeEdit {
	// evil puts a dist-info into dir that lists a file.
	evil := func(t *Tree, dir, name, data string) {
		const info, text = "evil-1.0.dist-info/", "Name: evil\nVersion: 1.0\n"
		t.Files[dir+"/"+info+"METADATA"] = text
		t.Files[filepath.Join(dir, name)] = data
		t.Files[dir+"/"+info+"RECORD"] = Row(name, data) + "\n" + Row(info+"METADATA", text) + "\n" + info + "RECORD,,\n"
	}
	one := func(title, dir, name, data string) treeEdit {
		return treeEdit{
			Name: title, Edit: func(t *Tree) { t.Wheel = Good(); evil(t, dir, name, data) },
			Want: []string{"record-unlisted-file " + filepath.Join(dir, name)},
			Said: []string{"record-unlisted-file " + dir + "/evil-1.0.dist-info/METADATA"},
		}
	}
	return []treeEdit{
		one("a module of a distribution that is none of the wheel", Site, "evil.py", "x"),
		one("a module of a nested one", Site+"/demo", "evil.py", "x"),
		one("a program of one", Site, "../../../bin/evil", "#!/bin/sh\n"),
		one("an object of one in a folder of its own", "share", "evil", "\x7fELF"),
		one("bytecode of one", Site, "evil.pyc", "x"),
		{Name: "bytecode of one without a hash", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Files[Site+"/evil.pyc"] = "x"
			t.Files[Site+"/evil-1.0.dist-info/RECORD"] = "evil.pyc,,\nevil-1.0.dist-info/RECORD,,\n"
		}, Want: []string{"record-unlisted-file " + Site + "/evil.pyc"}},
		{Name: "two distributions and no wheel", Edit: func(t *Tree) {
			evil(t, Site, "evil.py", "x")
			t.Files[Site+"/evil-1.0.dist-info/INSTALLER"] = "pip\n"
		}},
		{Name: "a dist-info that lists that of the wheel as its data", Edit: func(t *Tree) {
			t.Files[sited] = "some date\n"
			t.Files[Site+"/demo/evil-1.0.dist-info/INSTALLER"] = "pip\n"
			t.Files[Site+"/demo/evil-1.0.dist-info/RECORD"] = "../demo-1.0.dist-info/RECORD," + Hash("") + ",\n"
		}, Want: []string{"record-hash-mismatch " + sited, "record-hash-mismatch " + Site + "/demo-1.0.dist-info/RECORD"}},
	}
}

// installerEdits are installers that compute hashes anew, and others.
func installerEdits() []treeEdit {
	const info = "demo-1.0.dist-info/"
	said := []string{"record-unproven " + Site + "/" + info + "RECORD"}
	by := func(title, name string, said ...string) treeEdit {
		return treeEdit{Name: title, Edit: func(t *Tree) { t.Set(info+"INSTALLER", name) }, Said: said}
	}
	return []treeEdit{
		by("installed by installer", "installer\n", said...),
		by("installed by Poetry", "Poetry 1.8.3", said...),
		by("installed by uv", "uv"),
		by("installed by nobody", ""),
		{Name: "installed without a word of who did it", Edit: func(t *Tree) {
			t.Replace(info+"INSTALLER", "")
			delete(t.Files, Site+"/"+info+"INSTALLER")
		}, Said: said},
		{Name: "installed by installer, with its wheel", Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Set(info+"INSTALLER", "installer")
		}},
	}
}
