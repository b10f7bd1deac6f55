namespace UserTcp.Explain;
