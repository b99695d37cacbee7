// One call and nothing else: what is written here runs on the main actor, and a thread must not inherit that.
WorkerProcess.main()
