import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.ts';
import { ToastProvider } from './components/toast.tsx';
import { leaveToSignIn } from './shell/return-path.ts';
import { Router } from './shell/router.tsx';
import { applyTheme, recallTheme } from './shell/theme.ts';
import './theme/tokens.css';
import './theme/base.css';

applyTheme(recallTheme());
const root = document.getElementById('root');
if (root === null) throw new Error('the page has no #root');
const queries = createQueryClient(leaveToSignIn);
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <ToastProvider>
        <Router />
      </ToastProvider>
    </QueryClientProvider>
  </StrictMode>,
);
